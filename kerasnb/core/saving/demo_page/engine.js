// The forward pass. A tensor is { shape, data } of one sample, without a batch axis; images are height, width, channels.

function size(shape) {
  return shape.reduce((a, b) => a * b, 1);
}

function empty(shape) {
  return { shape, data: new Float32Array(size(shape)) };
}

// Weights lie one after another in one text: base64 of little-endian float32 or float16.
function decode(text, kind) {
  const raw = atob(text), bytes = new Uint8Array(raw.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = raw.charCodeAt(i);
  if (kind === "float32") return new Float32Array(bytes.buffer);
  const halves = new Uint16Array(bytes.buffer), floats = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) {
    const h = halves[i], sign = h & 0x8000 ? -1 : 1, exponent = (h >> 10) & 31, rest = h & 1023;
    floats[i] = exponent === 0 ? sign * rest * 2 ** -24
      : exponent === 31 ? (rest ? NaN : sign * Infinity)
      : sign * (1024 + rest) * 2 ** (exponent - 25);
  }
  return floats;
}

function erf(x) {
  // Abramowitz and Stegun 7.1.26 would leave 1.5e-7; the series and the continued fraction leave less than 1e-12.
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a < 2.5) {
    let term = x, sum = x;
    for (let n = 1; n < 60; n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let f = 0;
  for (let n = 40; n > 0; n--) f = n / 2 / (a + f);
  return Math.sign(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * (a + f)));
}

const sigmoid = (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const clip = (x, low, high) => Math.min(Math.max(x, low), high);

const activations = {
  linear: () => (x) => x,
  relu: ({ slope = 0, max = Infinity, threshold = 0 }) => (x) => (x >= threshold ? Math.min(x, max) : slope * (x - threshold)),
  relu6: () => (x) => clip(x, 0, 6),
  leaky_relu: ({ slope = 0.2 }) => (x) => (x >= 0 ? x : slope * x),
  elu: ({ alpha = 1 }) => (x) => (x > 0 ? x : alpha * Math.expm1(x)),
  selu: () => (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
  gelu: ({ approximate = false }) => approximate
    ? (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
    : (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  silu: () => (x) => x * sigmoid(x),
  sigmoid: () => sigmoid,
  hard_sigmoid: () => (x) => clip(x / 6 + 0.5, 0, 1),
  hard_silu: () => (x) => x * clip(x / 6 + 0.5, 0, 1),
  tanh: () => Math.tanh,
  softplus: () => softplus,
  softsign: () => (x) => x / (1 + Math.abs(x)),
  exponential: () => Math.exp,
  mish: () => (x) => x * Math.tanh(softplus(x)),
};

function activate(x, { name, ...options }) {
  if (name === "linear") return x;
  const y = empty(x.shape), n = x.data.length;
  if (name === "softmax" || name === "log_softmax") {
    const last = x.shape.at(-1);
    for (let from = 0; from < n; from += last) {
      let most = -Infinity, sum = 0;
      for (let i = 0; i < last; i++) most = Math.max(most, x.data[from + i]);
      for (let i = 0; i < last; i++) sum += Math.exp(x.data[from + i] - most);
      for (let i = 0; i < last; i++) {
        const shifted = x.data[from + i] - most;
        y.data[from + i] = name === "softmax" ? Math.exp(shifted) / sum : shifted - Math.log(sum);
      }
    }
    return y;
  }
  const f = activations[name](options);
  for (let i = 0; i < n; i++) y.data[i] = f(x.data[i]);
  return y;
}

// Places before the image, so that the output has the size of "same" or "valid".
function window(side, kernel, stride, dilation, padding) {
  const reach = (kernel - 1) * dilation + 1;
  const out = padding === "same" ? Math.ceil(side / stride) : Math.floor((side - reach) / stride) + 1;
  const missing = padding === "same" ? Math.max((out - 1) * stride + reach - side, 0) : 0;
  return [out, Math.floor(missing / 2)];
}

// The product of two tensors' numbers in the order of Python's broadcasting.
function together(a, b, f) {
  const rank = Math.max(a.shape.length, b.shape.length);
  const full = (s) => [...Array(rank - s.length).fill(1), ...s];
  const sa = full(a.shape), sb = full(b.shape), shape = sa.map((n, i) => Math.max(n, sb[i])), y = empty(shape);
  const steps = (s) => {
    let step = 1;
    return s.map((_, i) => {
      const k = rank - 1 - i, own = s[k] === 1 ? 0 : step;
      step *= s[k];
      return [k, own];
    }).sort((p, q) => p[0] - q[0]).map((p) => p[1]);
  };
  const ta = steps(sa), tb = steps(sb), at = Array(rank).fill(0);
  for (let i = 0; i < y.data.length; i++) {
    let p = 0, q = 0;
    for (let k = 0; k < rank; k++) {
      p += at[k] * ta[k];
      q += at[k] * tb[k];
    }
    y.data[i] = f(a.data[p], b.data[q]);
    for (let k = rank - 1; k >= 0 && ++at[k] === shape[k]; k--) at[k] = 0;
  }
  return y;
}

const pairs = {
  add: (a, b) => a + b, subtract: (a, b) => a - b, multiply: (a, b) => a * b, divide: (a, b) => a / b,
  maximum: Math.max, minimum: Math.min,
};

const operations = {
  same: ([x]) => x,
  shape: ([x], { shape }) => ({ shape, data: x.data }),
  activation: ([x], { activation }) => activate(x, activation),

  affine([x], { scale, shift }) {
    const y = empty(x.shape), n = scale.length;
    for (let i = 0; i < x.data.length; i++) y.data[i] = x.data[i] * scale[i % n] + shift[i % n];
    return y;
  },

  dense([x], { kernel, bias, units, activation }) {
    const inner = x.shape.at(-1), rows = x.data.length / inner, y = empty([...x.shape.slice(0, -1), units]);
    const sums = new Float64Array(units);
    for (let r = 0; r < rows; r++) {
      bias ? sums.set(bias) : sums.fill(0);
      for (let i = 0; i < inner; i++) {
        const v = x.data[r * inner + i];
        if (v !== 0) for (let u = 0, k = i * units; u < units; u++) sums[u] += v * kernel[k + u];
      }
      y.data.set(sums, r * units);
    }
    return activate(y, activation);
  },

  // kernel: height, width, channels of a group, filters.
  conv([x], { kernel, bias, filters, size: [kh, kw], strides: [sh, sw], dilation: [dh, dw], groups, padding, activation }) {
    const [h, w, c] = x.shape, inner = c / groups, share = filters / groups;
    const [oh, top] = window(h, kh, sh, dh, padding), [ow, left] = window(w, kw, sw, dw, padding);
    const y = empty([oh, ow, filters]), sums = new Float64Array(filters);
    for (let i = 0; i < oh; i++) {
      for (let j = 0; j < ow; j++) {
        bias ? sums.set(bias) : sums.fill(0);
        for (let a = 0; a < kh; a++) {
          const row = i * sh - top + a * dh;
          if (row < 0 || row >= h) continue;
          for (let b = 0; b < kw; b++) {
            const column = j * sw - left + b * dw;
            if (column < 0 || column >= w) continue;
            for (let q = 0; q < c; q++) {
              const v = x.data[(row * w + column) * c + q];
              if (v === 0) continue;
              const g = Math.floor(q / inner), k = ((a * kw + b) * inner + (q % inner)) * filters;
              for (let f = g * share; f < (g + 1) * share; f++) sums[f] += v * kernel[k + f];
            }
          }
        }
        y.data.set(sums, (i * ow + j) * filters);
      }
    }
    return activate(y, activation);
  },

  // kernel: height, width, channels, filters of each channel.
  depthwise([x], { kernel, bias, multiplier, size: [kh, kw], strides: [sh, sw], dilation: [dh, dw], padding, activation }) {
    const [h, w, c] = x.shape, filters = c * multiplier;
    const [oh, top] = window(h, kh, sh, dh, padding), [ow, left] = window(w, kw, sw, dw, padding);
    const y = empty([oh, ow, filters]), sums = new Float64Array(filters);
    for (let i = 0; i < oh; i++) {
      for (let j = 0; j < ow; j++) {
        bias ? sums.set(bias) : sums.fill(0);
        for (let a = 0; a < kh; a++) {
          const row = i * sh - top + a * dh;
          if (row < 0 || row >= h) continue;
          for (let b = 0; b < kw; b++) {
            const column = j * sw - left + b * dw;
            if (column < 0 || column >= w) continue;
            for (let f = 0; f < filters; f++) {
              sums[f] += x.data[(row * w + column) * c + Math.floor(f / multiplier)] * kernel[(a * kw + b) * filters + f];
            }
          }
        }
        y.data.set(sums, (i * ow + j) * filters);
      }
    }
    return activate(y, activation);
  },

  pool([x], { kind, size: [kh, kw], strides: [sh, sw], padding }) {
    const [h, w, c] = x.shape;
    const [oh, top] = window(h, kh, sh, 1, padding), [ow, left] = window(w, kw, sw, 1, padding);
    const y = empty([oh, ow, c]);
    for (let i = 0; i < oh; i++) {
      for (let j = 0; j < ow; j++) {
        for (let q = 0; q < c; q++) {
          let most = -Infinity, sum = 0, count = 0;
          for (let a = Math.max(i * sh - top, 0); a < Math.min(i * sh - top + kh, h); a++) {
            for (let b = Math.max(j * sw - left, 0); b < Math.min(j * sw - left + kw, w); b++) {
              const v = x.data[(a * w + b) * c + q];
              most = Math.max(most, v);
              sum += v;
              count++;
            }
          }
          y.data[(i * ow + j) * c + q] = kind === "max" ? most : sum / count;
        }
      }
    }
    return y;
  },

  globalpool([x], { kind, shape }) {
    const c = x.shape.at(-1), places = x.data.length / c, y = empty(shape);
    for (let q = 0; q < c; q++) {
      let most = -Infinity, sum = 0;
      for (let i = q; i < x.data.length; i += c) {
        most = Math.max(most, x.data[i]);
        sum += x.data[i];
      }
      y.data[q] = kind === "max" ? most : sum / places;
    }
    return y;
  },

  // pad: [top, bottom, left, right]; a negative number cuts off.
  pad([x], { pad: [top, bottom, left, right] }) {
    const [h, w, c] = x.shape, y = empty([h + top + bottom, w + left + right, c]);
    for (let i = 0; i < y.shape[0]; i++) {
      for (let j = 0; j < y.shape[1]; j++) {
        const row = i - top, column = j - left;
        if (row < 0 || row >= h || column < 0 || column >= w) continue;
        const from = (row * w + column) * c;
        y.data.set(x.data.subarray(from, from + c), (i * y.shape[1] + j) * c);
      }
    }
    return y;
  },

  repeat([x], { size: [kh, kw] }) {
    const [h, w, c] = x.shape, y = empty([h * kh, w * kw, c]);
    for (let i = 0; i < h * kh; i++) {
      for (let j = 0; j < w * kw; j++) {
        const from = (Math.floor(i / kh) * w + Math.floor(j / kw)) * c;
        y.data.set(x.data.subarray(from, from + c), (i * w * kw + j) * c);
      }
    }
    return y;
  },

  layernorm([x], { scale, shift, epsilon }) {
    const n = x.shape.at(-1), y = empty(x.shape);
    for (let from = 0; from < x.data.length; from += n) {
      let mean = 0, variance = 0;
      for (let i = 0; i < n; i++) mean += x.data[from + i] / n;
      for (let i = 0; i < n; i++) variance += (x.data[from + i] - mean) ** 2 / n;
      const factor = 1 / Math.sqrt(variance + epsilon);
      for (let i = 0; i < n; i++) y.data[from + i] = (x.data[from + i] - mean) * factor * scale[i] + shift[i];
    }
    return y;
  },

  prelu([x], { alpha, shape }) {
    return together(x, { shape, data: alpha }, (v, slope) => (v >= 0 ? v : slope * v));
  },

  merge(xs, { kind, constant, swapped }) {
    if (constant !== undefined) xs = swapped ? [{ shape: [], data: [constant] }, xs[0]] : [xs[0], { shape: [], data: [constant] }];
    const y = xs.slice(1).reduce((a, b) => together(a, b, pairs[kind === "average" ? "add" : kind]), xs[0]);
    if (kind === "average") y.data = y.data.map((v) => v / xs.length);
    return y;
  },

  concatenate(xs, { axis }) {
    const shape = [...xs[0].shape];
    shape[axis] = xs.reduce((sum, x) => sum + x.shape[axis], 0);
    const y = empty(shape), outer = size(shape.slice(0, axis)), inner = size(shape.slice(axis + 1));
    for (let o = 0, to = 0; o < outer; o++) {
      for (const x of xs) {
        const run = x.shape[axis] * inner;
        y.data.set(x.data.subarray(o * run, (o + 1) * run), to);
        to += run;
      }
    }
    return y;
  },
};

// A model is { inputs, steps, outputs }: each step names its operation, the tensors it takes, and what it makes.
class Model {
  constructor(program, weights) {
    this.program = program;
    const view = ([from, count]) => weights.subarray(from, from + count);
    this.steps = program.steps.map(({ op, takes, makes, weights: names = {}, ...options }) => ({
      run: operations[op], takes, makes,
      options: { ...options, ...Object.fromEntries(Object.entries(names).map(([k, place]) => [k, view(place)])) },
    }));
  }

  // Lists of numbers, one for each input, to lists of numbers, one for each output.
  predict(inputs) {
    const tensors = new Map();
    this.program.inputs.forEach(({ id, shape }, i) => {
      const data = Float32Array.from(inputs[i]);
      if (data.length !== size(shape)) throw new Error(`Input ${i + 1} needs ${size(shape)} numbers, got ${data.length}.`);
      tensors.set(id, { shape, data });
    });
    for (const { run, takes, makes, options } of this.steps) tensors.set(makes, run(takes.map((t) => tensors.get(t)), options));
    return this.program.outputs.map(({ id }) => tensors.get(id).data);
  }
}

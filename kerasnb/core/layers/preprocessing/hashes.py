"""Two hash functions of byte strings whose values saved models depend on: FarmHash and SipHash."""

from __future__ import annotations

import functools

_MASK = 2**64 - 1
# FarmHash's three primes between 2**63 and 2**64.
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F
_CAT = 0xC6A4A7935BD1E995


def _word(data: bytes, at: int, size: int = 8) -> int:
    return int.from_bytes(data[at : at + size], "little")


def _rotate(value: int, by: int) -> int:
    return ((value >> by) | (value << (64 - by))) & _MASK if by else value


def _shift_mix(value: int) -> int:
    return value ^ (value >> 47)


def _pair(u: int, v: int, multiplier: int) -> int:
    a = _shift_mix((u ^ v) * multiplier & _MASK)
    b = _shift_mix((v ^ a) * multiplier & _MASK)
    return b * multiplier & _MASK


def _up_to_16(data: bytes) -> int:
    n = len(data)
    if n >= 8:
        multiplier = _K2 + 2 * n
        a, b = _word(data, 0) + _K2 & _MASK, _word(data, n - 8)
        c = _rotate(b, 37) * multiplier + a & _MASK
        d = (_rotate(a, 25) + b) * multiplier & _MASK
        return _pair(c, d, multiplier)
    if n >= 4:
        return _pair(n + (_word(data, 0, 4) << 3), _word(data, n - 4, 4), _K2 + 2 * n)
    if n > 0:
        y = data[0] + (data[n >> 1] << 8)
        z = n + (data[-1] << 2)
        return _shift_mix(y * _K2 & _MASK ^ z * _K0 & _MASK) * _K2 & _MASK
    return _K2


def _up_to_32(data: bytes) -> int:
    n = len(data)
    multiplier = _K2 + 2 * n
    a, b = _word(data, 0) * _K1 & _MASK, _word(data, 8)
    c, d = _word(data, n - 8) * multiplier & _MASK, _word(data, n - 16) * _K2 & _MASK
    first = _rotate(a + b & _MASK, 43) + _rotate(c, 30) + d & _MASK
    return _pair(first, a + _rotate(b + _K2 & _MASK, 18) + c & _MASK, multiplier)


def _up_to_64(data: bytes) -> int:
    n = len(data)
    multiplier = _K2 + 2 * n
    a, b = _word(data, 0) * _K2 & _MASK, _word(data, 8)
    c, d = _word(data, n - 8) * multiplier & _MASK, _word(data, n - 16) * _K2 & _MASK
    y = _rotate(a + b & _MASK, 43) + _rotate(c, 30) + d & _MASK
    z = _pair(y, a + _rotate(b + _K2 & _MASK, 18) + c & _MASK, multiplier)
    e, f = _word(data, 16) * multiplier & _MASK, _word(data, 24)
    g, h = (y + _word(data, n - 32)) * multiplier & _MASK, (z + _word(data, n - 24)) * multiplier & _MASK
    first = _rotate(e + f & _MASK, 43) + _rotate(g, 30) + h & _MASK
    return _pair(first, e + _rotate(f + a & _MASK, 18) + g & _MASK, multiplier)


def _weak(data: bytes, at: int, a: int, b: int) -> tuple[int, int]:
    """Four words and two seeds into two words."""
    w, x, y, z = (_word(data, at + 8 * i) for i in range(4))
    a = a + w & _MASK
    b = _rotate(b + a + z & _MASK, 21)
    c = a
    a = a + x + y & _MASK
    b = b + _rotate(a, 44) & _MASK
    return a + z & _MASK, b + c & _MASK


def _long(data: bytes) -> int:
    n, seed = len(data), 81
    x, y = seed, seed * _K1 + 113 & _MASK
    z = _shift_mix(y * _K2 + 113 & _MASK) * _K2 & _MASK
    v, w = (0, 0), (0, 0)
    x = x * _K2 + _word(data, 0) & _MASK
    end = (n - 1) // 64 * 64
    for at in range(0, end, 64):
        x = _rotate(x + y + v[0] + _word(data, at + 8) & _MASK, 37) * _K1 & _MASK
        y = _rotate(y + v[1] + _word(data, at + 48) & _MASK, 42) * _K1 & _MASK
        x ^= w[1]
        y = y + v[0] + _word(data, at + 40) & _MASK
        z = _rotate(z + w[0] & _MASK, 33) * _K1 & _MASK
        v = _weak(data, at, v[1] * _K1 & _MASK, x + w[0] & _MASK)
        w = _weak(data, at + 32, z + w[1] & _MASK, y + _word(data, at + 16) & _MASK)
        z, x = x, z
    multiplier = _K1 + ((z & 0xFF) << 1) & _MASK
    at = n - 64  # the last 64 bytes, which may overlap the blocks above
    w = (w[0] + ((n - 1) & 63) & _MASK, w[1])
    v = (v[0] + w[0] & _MASK, v[1])
    w = (w[0] + v[0] & _MASK, w[1])
    x = _rotate(x + y + v[0] + _word(data, at + 8) & _MASK, 37) * multiplier & _MASK
    y = _rotate(y + v[1] + _word(data, at + 48) & _MASK, 42) * multiplier & _MASK
    x ^= w[1] * 9 & _MASK
    y = y + v[0] * 9 + _word(data, at + 40) & _MASK
    z = _rotate(z + w[0] & _MASK, 33) * multiplier & _MASK
    v = _weak(data, at, v[1] * multiplier & _MASK, x + w[0] & _MASK)
    w = _weak(data, at + 32, z + w[1] & _MASK, y + _word(data, at + 16) & _MASK)
    z, x = x, z
    first = _pair(v[0], w[0], multiplier) + _shift_mix(y) * _K0 + z & _MASK
    return _pair(first, _pair(v[1], w[1], multiplier) + x & _MASK, multiplier)


@functools.lru_cache(maxsize=2**16)
def farm_fingerprint64(data: bytes) -> int:
    """FarmHash's 64-bit fingerprint, the same on every machine and in every release.

    Source: Pike and Alakuijala, FarmHash, 2014.

    >>> farm_fingerprint64(b"hello")
    13009744463427800296
    """
    n = len(data)
    return (_up_to_16 if n <= 16 else _up_to_32 if n <= 32 else _up_to_64 if n <= 64 else _long)(data)


@functools.lru_cache(maxsize=2**16)
def sip_hash64(data: bytes, key: tuple[int, int]) -> int:
    """SipHash-2-4 of bytes under a key of two 64-bit numbers.

    Source: Aumasson and Bernstein, SipHash: a fast short-input PRF, INDOCRYPT 2012.

    >>> hex(sip_hash64(bytes(range(15)), (0x0706050403020100, 0x0F0E0D0C0B0A0908)))
    '0xa129ca6149be45e5'
    """
    k0, k1 = (k & _MASK for k in key)
    v0, v1 = k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D
    v2, v3 = k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573

    def rounds(count: int) -> None:
        nonlocal v0, v1, v2, v3
        for _ in range(count):
            v0, v2 = v0 + v1 & _MASK, v2 + v3 & _MASK
            v1, v3 = _rotate(v1, 51) ^ v0, _rotate(v3, 48) ^ v2
            v0 = _rotate(v0, 32)
            v2, v0 = v2 + v1 & _MASK, v0 + v3 & _MASK
            v1, v3 = _rotate(v1, 47) ^ v2, _rotate(v3, 43) ^ v0
            v2 = _rotate(v2, 32)

    whole = len(data) // 8 * 8
    last = int.from_bytes(data[whole:], "little") | (len(data) & 0xFF) << 56
    for block in [*(_word(data, at) for at in range(0, whole, 8)), last]:
        v3 ^= block
        rounds(2)
        v0 ^= block
    v2 ^= 0xFF
    rounds(4)
    return v0 ^ v1 ^ v2 ^ v3


def concatenated_fingerprint(first: int, second: int) -> int:
    """The fingerprint of a pair of fingerprints."""
    mixed = first ^ _CAT ^ _shift_mix(second * _CAT & _MASK) * _CAT & _MASK
    mixed = mixed * _CAT & _MASK
    return _shift_mix(_shift_mix(mixed) * _CAT & _MASK)

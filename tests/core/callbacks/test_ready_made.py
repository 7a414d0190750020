"""Callbacks in real runs: what they change, what they write, what they survive."""

from __future__ import annotations

import csv
import http.server
import json
import threading

import numpy as np
import pytest

import kerasnb as keras

x = np.random.RandomState(0).standard_normal((12, 2)).astype("float32")
y = np.random.RandomState(1).standard_normal((12, 1)).astype("float32")


def model(optimizer=None):
    made = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    made.set_weights([np.array([[0.5], [-1.0]]), np.array([0.3])])
    made.compile(optimizer or keras.optimizers.Adam(0.1), "mse")
    return made


def fit(made, callbacks, epochs=4, **options):
    return made.fit(x, y, epochs=epochs, batch_size=4, shuffle=False, verbose=0, callbacks=callbacks, **options)


class Stop(keras.callbacks.Callback):
    last = 1

    def on_epoch_end(self, epoch, logs=None):
        if epoch == self.last:
            raise RuntimeError("the power failed")


@pytest.mark.parametrize("options", [{}, {"double_checkpoint": True}])
def test_an_interrupted_run_goes_on_where_it_was(tmp_path, options):
    folder = tmp_path / "backup"
    with pytest.raises(RuntimeError, match="power"):
        stop = Stop()
        stop.last = 2  # in which two epochs are done and kept
        fit(model(), [keras.callbacks.BackupAndRestore(folder, **options), stop])
    assert (folder / "current").is_dir() and (folder / "previous").is_dir() == bool(options)
    resumed, whole = model(), model()
    history = fit(resumed, [keras.callbacks.BackupAndRestore(folder, **options)])
    assert history.epoch == [0, 1, 2, 3] and not folder.exists()
    assert history.history == fit(whole, []).history
    for a, b in zip(resumed.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert int(np.asarray(resumed.optimizer.iterations)) == 12


def test_a_damaged_backup_is_told_or_the_one_before_is_taken(tmp_path):
    folder = tmp_path / "backup"
    backup = keras.callbacks.BackupAndRestore(folder, double_checkpoint=True, delete_checkpoint=False)
    fit(model(), [backup], epochs=2)
    weights = folder / "current" / "latest.weights.h5"
    weights.write_bytes(weights.read_bytes()[:100])
    history = fit(
        model(), [keras.callbacks.BackupAndRestore(folder, double_checkpoint=True, delete_checkpoint=False)], epochs=3
    )
    assert history.epoch == [0, 1, 2]
    for name in ("current", "previous"):
        (folder / name / "latest.weights.h5").write_bytes(b"rubbish")
    with pytest.raises(ValueError, match="Delete the folder"):
        fit(model(), [keras.callbacks.BackupAndRestore(folder)])


def test_backups_by_batches(tmp_path):
    folder = tmp_path / "backup"
    with pytest.raises(RuntimeError):
        fit(model(), [keras.callbacks.BackupAndRestore(folder, save_freq=2), Stop()])
    facts = json.loads((folder / "current" / "training_metadata.json").read_text())
    assert (facts["epoch"], facts["step"]) == (1, 3)
    assert fit(model(), [keras.callbacks.BackupAndRestore(folder, save_freq=2)]).epoch == [0, 1, 2, 3]
    for wrong in ("", None):
        with pytest.raises(ValueError, match="backup_dir"):
            keras.callbacks.BackupAndRestore(wrong)
    with pytest.raises(ValueError, match="save_freq"):
        keras.callbacks.BackupAndRestore(folder, save_freq="batch")


@pytest.mark.parametrize("on_epoch", [False, True])
def test_averages_are_tried_out_and_go_back(on_epoch):
    seen = {"test": [], "epoch": [], "begin": []}

    class See(keras.callbacks.Callback):
        def on_test_begin(self, logs=None):
            seen["test"].append(self.model.get_weights()[0])

        def on_epoch_end(self, epoch, logs=None):
            seen["epoch"].append(self.model.get_weights()[0])
            if epoch == 2:
                self.model.stop_training = True

        def on_epoch_begin(self, epoch, logs=None):
            seen["begin"].append(self.model.get_weights()[0])

    averaging, plain = (keras.optimizers.SGD(0.1, use_ema=e, ema_momentum=0.8) for e in (True, False))
    made, reference = model(averaging), model(plain)
    callbacks = [keras.callbacks.SwapEMAWeights(on_epoch), See()]
    history = fit(made, callbacks, epochs=9, validation_data=(x, y))
    raw = []
    fit(
        reference,
        [keras.callbacks.LambdaCallback(on_epoch_end=lambda e, logs: raw.append(reference.get_weights()[0]))],
        3,
    )
    for epoch in range(3):
        if epoch:
            np.testing.assert_allclose(seen["begin"][epoch], raw[epoch - 1], rtol=1e-5)
        shown = seen["test"][epoch] if on_epoch else raw[epoch]
        np.testing.assert_allclose(seen["epoch"][epoch], shown, rtol=1e-5)
        assert np.abs(seen["test"][epoch] - raw[epoch]).max() > 1e-3
    # fit ends with the averages in the weights, also after an early stop
    np.testing.assert_allclose(made.get_weights()[0], seen["test"][2], rtol=1e-6)
    assert history.history["val_loss"][2] == pytest.approx(made.evaluate(x, y, verbose=0), rel=1e-5)


def test_not_a_number(capsys):
    bad = np.full((8, 2), np.nan, "float32")
    made = model()
    history = made.fit(bad, y[:8], epochs=3, batch_size=2, verbose=0, callbacks=[keras.callbacks.TerminateOnNaN()])
    assert history.epoch == [0] and "Batch 0" in capsys.readouterr().out
    assert int(np.asarray(made.optimizer.iterations)) == 0, "taken back to before that batch"
    with pytest.raises(RuntimeError, match="learning rate"):
        model().fit(bad, y[:8], verbose=0, callbacks=[keras.callbacks.TerminateOnNaN(raise_error=True)])


def test_csv_goes_on_in_an_old_file(tmp_path):
    file = tmp_path / "log.csv"
    for append in (False, True):
        fit(model(), [keras.callbacks.CSVLogger(file, append=append)], 2, validation_data=(x, y), validation_freq=2)
    rows = list(csv.DictReader(file.read_text().splitlines()))
    assert [r["epoch"] for r in rows] == ["0", "1", "0", "1"]
    assert (
        list(rows[0]) == ["epoch", "loss", "val_loss"]
        and rows[0]["val_loss"] == "NA"
        and float(rows[1]["val_loss"]) > 0
    )


def test_remote_monitor():
    got = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            got.append((self.path, self.headers["Content-Type"], self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        root = f"http://127.0.0.1:{server.server_port}"
        fit(model(), [keras.callbacks.RemoteMonitor(root, send_as_json=True)], 1)
        fit(model(), [keras.callbacks.RemoteMonitor(root, path="/x/", field="f")], 1)
        server.shutdown()
    (path, kind, body), (other, form, second) = got
    assert path == "/publish/epoch/end/" and kind == "application/json" and json.loads(body)["epoch"] == 0
    assert other == "/x/" and "urlencoded" in form and second.startswith(b"f=%7B")
    with pytest.warns(UserWarning, match="could not reach"):
        fit(model(), [keras.callbacks.RemoteMonitor("http://127.0.0.1:9")], 1)


def test_a_list_drives_a_loop_of_ones_own(capsys):
    seen = []
    each = keras.callbacks.LambdaCallback(on_train_batch_end=lambda b, logs: seen.append((b, logs["loss"])))
    calls = keras.callbacks.CallbackList(
        each, add_history=True, add_progbar=True, model=model(), verbose=1, epochs=2, steps=2
    )
    calls.on_train_begin()
    for epoch in range(2):
        calls.on_epoch_begin(epoch)
        for batch in range(2):
            calls.on_train_batch_begin(batch)
            calls.on_train_batch_end(batch, {"loss": 1.5})
        calls.on_epoch_end(epoch, {"loss": 1.5, "val_loss": 2.0})
    calls.on_train_end()
    assert seen == [(0, 1.5), (1, 1.5)] * 2 and calls.history.history == {"loss": [1.5, 1.5], "val_loss": [2.0, 2.0]}
    text = capsys.readouterr().out
    assert "Epoch 2/2" in text and "2/2" in text and "val_loss: 2.0" in text
    with pytest.raises(TypeError, match="EarlyStopping"):
        keras.callbacks.CallbackList([keras.callbacks.EarlyStopping])


def test_orbax_checkpoints(tmp_path):
    made, twin = model(), model()
    saving = keras.callbacks.OrbaxCheckpoint(tmp_path / "run", max_to_keep=2)
    fit(made, [saving])
    assert list(saving.manager.all_steps()) == [2, 3]
    assert keras.callbacks.OrbaxCheckpoint(tmp_path / "run").restore(twin) == 3
    for a, b in zip(
        [*made.weights, *made.optimizer.variables], [*twin.weights, *twin.optimizer.variables], strict=True
    ):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    with pytest.raises(ValueError, match="no checkpoint 7"):
        saving.restore(twin, 7)

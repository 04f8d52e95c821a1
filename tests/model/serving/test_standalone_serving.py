import json

import numpy as np
import tensorflow as tf


def test_it_serves_where_only_tensorflow_can_be_imported(world, model, fresh_process):
    stdout, stderr = fresh_process.communicate(timeout=120)
    assert fresh_process.returncode == 0, stderr
    answer = json.loads(stdout.splitlines()[-1])
    assert answer["refused"] == ["model", "zeroskew", "tensorflow_transform", "tfx", "tfx_bsl"]
    assert answer["imported"] == []
    here = model.signatures["serving_default"](examples=tf.constant(world.rows.serialized))
    assert set(answer["outputs"]) == set(here) == {"probability", "label", "logit"}
    for name, values in here.items():
        np.testing.assert_allclose(answer["outputs"][name], values, atol=1e-6, err_msg=name)

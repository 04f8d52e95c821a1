def test_world(world):pass
def test_export(model_dir):pass
def test_load(model):pass
def test_other(other_default):pass
def test_swap(swapped_model):pass

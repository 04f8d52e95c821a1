import numpy as np, time
def test_try(world, model):
    for k,v in world.transformed.items():
        print(k, v.dtype, np.round(v,3).tolist())
    print(model.signatures)

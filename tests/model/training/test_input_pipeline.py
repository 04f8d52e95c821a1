from model.training.input_pipeline import count_rows, read_batches


def patterns(world) -> list[str]:
    return [f"{world.transformed_dir}/*"]


def order(batches) -> list[float]:
    """The fares in the order in which the rows come."""
    return [one for tensors, _ in batches for one in tensors["fare_at_zero_xf"].numpy()[:, 0]]


def test_rows_are_counted(world):
    assert count_rows(patterns(world)) == 30
    assert count_rows(["/no/such/folder/*"]) == 0


def test_batches_hold_tensors_and_labels_of_shape_batch_by_1_and_the_last_the_rest(world):
    batches = list(read_batches(patterns(world), world.features, 8))
    assert [label.shape for _, label in batches] == [(8, 1), (8, 1), (8, 1), (6, 1)]
    tensors, _ = batches[0]
    assert list(tensors) == sorted(output.name for output in world.features.outputs)
    assert {tensor.shape for tensor in tensors.values()} == {(8, 1)}
    assert sum(int(label.numpy().sum()) for _, label in batches) == 2


def test_rows_keep_their_order_unless_they_are_shuffled(world):
    first, second = (order(read_batches(patterns(world), world.features, 8)) for _ in range(2))
    shuffled = order(read_batches(patterns(world), world.features, 8, shuffle_seed=1))
    assert first == second
    assert first != shuffled
    assert sorted(first) == sorted(shuffled)


def test_the_seed_decides_the_order_and_each_epoch_has_its_own(world):
    one, same, other = (
        read_batches(patterns(world), world.features, 8, shuffle_seed=seed) for seed in (1, 1, 2)
    )
    first_epoch, second_epoch = order(one), order(one)
    assert order(same) == first_epoch
    assert order(other) != first_epoch
    assert second_epoch != first_epoch
    assert sorted(second_epoch) == sorted(first_epoch)

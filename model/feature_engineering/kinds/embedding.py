"""How wide the vectors are that the network learns for ids."""


def embedding_width(embedding: int | str, size: int) -> int:
    """Returns the width of the vectors of so many ids.

    ``"auto"`` is the rule of fastai's tabular models (`emb_sz_rule`: 1.6 * ids**0.56), at most 50.
    """
    return min(50, round(1.6 * size**0.56)) if isinstance(embedding, str) else embedding

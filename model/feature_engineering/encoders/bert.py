"""BERT: attention layers over the tokens of a text, and the mean or the first of their vectors.

Source: Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers for Language
Understanding" (2019); the pooling is that of sentence-transformers (Reimers and Gurevych, 2019).
"""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from model.feature_engineering.encoders.pretrained import Pretrained
from model.feature_engineering.encoders.word_piece import Vocabulary
from zeroskew.lazy import lazy_import

configurations = lazy_import("model.feature_engineering.encoders.configurations")
tf = lazy_import("tensorflow")

_EMBEDDINGS = ("word_embeddings", "position_embeddings", "token_type_embeddings")
_DENSE = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
_NORMS = ("attention.output.LayerNorm", "output.LayerNorm")
_POOLING = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "first"}
_MODULES = [("Transformer", ""), ("Pooling", "1_Pooling"), ("Normalize", "2_Normalize")]
"""Those of sentence-transformers, and their folders; the last one may not be there."""
_FAR = -1e9


@dataclasses.dataclass(frozen=True)
class Bert:
    """A BERT-like encoder.

    Attributes:
        dimension: of a vector.
        limit: tokens of a text, the first and the last one included.
        layers: how many.
        heads: of attention in each layer.
        wide: numbers of a token between the two halves of a layer.
        epsilon: of the layer normalisation.
        pooling: the ``"mean"`` of a text's tokens, or the ``"first"``.
        normalized: whether a vector has length 1.
        first: id of the token that begins each text.
        last: id of that which ends it.
        prefix: of the tensors' names.
    """

    dimension: int
    limit: int
    layers: int
    heads: int
    wide: int
    epsilon: float
    pooling: str
    normalized: bool
    first: int
    last: int
    prefix: str = ""

    @classmethod
    def read(cls, pretrained: Pretrained, vocabulary: Vocabulary) -> "Bert":
        """Reads the configuration.

        Raises:
            FeatureError: it is of a model, or of a pooling, that is not covered.
        """
        config = pretrained.config("config.json", configurations.Bert)
        if config is None:
            raise pretrained.refused("it has config.json", "none")
        dimension, heads = config.hidden_size, config.num_attention_heads
        if dimension % heads:
            raise pretrained.refused(f"its {heads} heads divide its dimension", str(dimension))
        missing = {"[CLS]", "[SEP]"} - set(vocabulary.tokens)
        if missing:
            raise pretrained.refused("it has the tokens [CLS] and [SEP]", f"no {missing}")
        shapes = pretrained.shapes()
        prefix = "bert." if "bert.embeddings.LayerNorm.weight" in shapes else ""
        words = f"{prefix}embeddings.word_embeddings.weight"
        if shapes.get(words, (0,))[0] < len(vocabulary.tokens):
            raise pretrained.refused("it has a vector for each token", repr(shapes.get(words)))
        return cls(
            dimension=dimension,
            limit=_limit(pretrained, config.max_position_embeddings),
            layers=config.num_hidden_layers,
            heads=heads,
            wide=config.intermediate_size,
            epsilon=config.layer_norm_eps,
            pooling=_pooling(pretrained),
            normalized=_is_normalized(pretrained),
            first=vocabulary.id_of("[CLS]"),
            last=vocabulary.id_of("[SEP]"),
            prefix=prefix,
        )

    @property
    def numbers(self) -> int:
        """Of the largest tensor that one text needs."""
        return self.limit * max(self.limit * self.heads, self.wide)

    @property
    def word_limit(self) -> int:
        """Tokens of a text without the first and the last one."""
        return self.limit - 2

    def arrays(self, pretrained: Pretrained) -> dict[str, Any]:
        """Returns the weights by name."""
        names = [f"embeddings.{name}.weight" for name in _EMBEDDINGS]
        pairs = ["embeddings.LayerNorm"] + [
            f"encoder.layer.{layer}.{part}"
            for layer in range(self.layers)
            for part in (*_DENSE, *_NORMS)
        ]
        names += [f"{name}.{part}" for name in pairs for part in ("weight", "bias")]
        found = pretrained.tensors(self.prefix + name for name in names)
        return {name.removeprefix(self.prefix): one for name, one in found.items()}

    def complete(self, tokens: Any) -> Any:
        """Puts the first and the last token around those of each text, ragged int32."""
        column = tf.ones([tokens.nrows(), 1], tf.int32)
        return tf.concat([column * self.first, tokens, column * self.last], axis=1)

    def vectors(self, weights: Mapping[str, Any], ids: Any, present: Any) -> Any:
        """Computes vectors, float32 of shape [batch, dimension].

        Args:
            weights: as `arrays` names them.
            ids: of tokens, int32 of shape [batch, length].
            present: False where a text has ended, of the same shape.
        """
        work = _Forward(weights, self)
        hidden = work.embed(ids)
        bias = tf.where(present, 0.0, _FAR)[:, tf.newaxis, tf.newaxis, :]
        for layer in range(self.layers):
            hidden = work.layer(f"encoder.layer.{layer}", hidden, bias)
        if self.pooling == "first":
            vectors = hidden[:, 0]
        else:
            share = tf.cast(present, tf.float32)[:, :, tf.newaxis]
            vectors = tf.reduce_sum(hidden * share, axis=1) / tf.reduce_sum(share, axis=1)
        return tf.math.l2_normalize(vectors, axis=1) if self.normalized else vectors


def _limit(pretrained: Pretrained, positions: int) -> int:
    """Returns the tokens of a text at most, as sentence-transformers counts them."""
    sentences = pretrained.config("sentence_bert_config.json", configurations.Sentences)
    tokenizer = pretrained.config("tokenizer_config.json", configurations.Longest)
    said = sentences and sentences.max_seq_length
    said = said or (tokenizer and tokenizer.model_max_length) or positions
    limit = int(min(said, positions))
    if limit < 3:
        raise pretrained.refused("a text has 3 tokens at least", str(limit))
    return limit


def _pooling(pretrained: Pretrained) -> str:
    said = pretrained.config("1_Pooling/config.json", dict[str, Any])
    modes = {"pooling_mode_mean_tokens": True} if said is None else said
    chosen = [name for name, is_on in modes.items() if name.startswith("pooling") and is_on]
    if len(chosen) != 1 or chosen[0] not in _POOLING:
        raise pretrained.refused(f"its pooling is one of {(*_POOLING,)}", repr(chosen))
    return _POOLING[chosen[0]]


def _is_normalized(pretrained: Pretrained) -> bool:
    modules = pretrained.config("modules.json", configurations.Modules)
    if modules is None:
        return False
    found = [(one.type.rpartition(".")[2], one.path) for one in modules]
    if found not in (_MODULES[:2], _MODULES):
        raise pretrained.refused(
            f"its modules are {', '.join(name for name, _ in _MODULES)}, in their own folders",
            ", ".join(" in ".join(filter(None, one)) for one in found) or "none",
        )
    return len(found) == len(_MODULES)


@dataclasses.dataclass(frozen=True)
class _Forward:
    """One pass; hidden states are of shape [batch, length, dimension]."""

    weights: Mapping[str, Any]
    bert: Bert

    def embed(self, ids: Any) -> Any:
        words, positions, types = (
            self.weights[f"embeddings.{name}.weight"] for name in _EMBEDDINGS
        )
        place = tf.convert_to_tensor(positions)[: tf.shape(ids)[1]]
        hidden = tf.gather(words, ids) + place + tf.convert_to_tensor(types)[0]
        return self._norm("embeddings.LayerNorm", hidden)

    def layer(self, name: str, hidden: Any, bias: Any) -> Any:
        query, key, value = (
            self._heads(self._dense(f"{name}.attention.self.{part}", hidden))
            for part in ("query", "key", "value")
        )
        scores = tf.matmul(query, key, transpose_b=True)
        scores *= 1.0 / math.sqrt(self.bert.dimension // self.bert.heads)
        mixed = tf.matmul(tf.nn.softmax(scores + bias), value)
        mixed = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), tf.shape(hidden))
        mixed = self._dense(f"{name}.attention.output.dense", mixed)
        hidden = self._norm(f"{name}.attention.output.LayerNorm", hidden + mixed)
        wide = tf.nn.gelu(self._dense(f"{name}.intermediate.dense", hidden))
        return self._norm(
            f"{name}.output.LayerNorm", hidden + self._dense(f"{name}.output.dense", wide)
        )

    def _heads(self, hidden: Any) -> Any:
        """Cuts hidden states for the heads, shape [batch, heads, length, part]."""
        heads, part = self.bert.heads, self.bert.dimension // self.bert.heads
        shape = tf.concat([tf.shape(hidden)[:2], [heads, part]], axis=0)
        return tf.transpose(tf.reshape(hidden, shape), [0, 2, 1, 3])

    def _dense(self, name: str, hidden: Any) -> Any:
        weight = self.weights[f"{name}.weight"]
        flat = tf.reshape(hidden, [-1, weight.shape[1]])
        flat = tf.matmul(flat, weight, transpose_b=True) + self.weights[f"{name}.bias"]
        return tf.reshape(flat, [*tf.unstack(tf.shape(hidden)[:2]), weight.shape[0]])

    def _norm(self, name: str, hidden: Any) -> Any:
        mean, variance = tf.nn.moments(hidden, axes=[-1], keepdims=True)
        scaled = (hidden - mean) * tf.math.rsqrt(variance + self.bert.epsilon)
        return scaled * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]

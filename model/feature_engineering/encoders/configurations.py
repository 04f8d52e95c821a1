"""The files that configure an encoder, and what of them is covered.

What is not named here changes no vector. A value that is not covered is refused with its name.
"""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, PositiveFloat, PositiveInt


class Bert(BaseModel):
    """`config.json` of a BERT."""

    model_type: Literal["bert"]
    hidden_act: Literal["gelu"]
    position_embedding_type: Literal["absolute"] = "absolute"
    hidden_size: PositiveInt
    intermediate_size: PositiveInt
    num_hidden_layers: PositiveInt
    num_attention_heads: PositiveInt
    max_position_embeddings: PositiveInt
    layer_norm_eps: PositiveFloat


class Table(BaseModel):
    """`config.json` of a static table."""

    max_length: PositiveInt | None = None
    normalize: bool | None = None


class Sentences(BaseModel):
    """`sentence_bert_config.json`."""

    max_seq_length: PositiveInt | None = None


class Module(BaseModel):
    """An entry of `modules.json`, a list."""

    type: str
    path: str = ""


Modules = list[Module]


class AddedToken(BaseModel):
    """A token that is found in a text as it is written, before the text is cut into words."""

    id: int = -1
    content: str
    single_word: bool = False
    lstrip: bool = False
    rstrip: bool = False
    normalized: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it is found wherever it stands, and nothing beside it goes."""
        odd = (self.single_word, self.lstrip, self.rstrip, self.normalized, not self.content)
        return not any(odd)


class OldTokenizer(BaseModel):
    """`tokenizer_config.json`; without `tokenizer.json` it says how texts become words."""

    do_lower_case: bool = True
    strip_accents: bool | None = None
    tokenize_chinese_chars: Literal[True] = True
    do_basic_tokenize: Literal[True] = True
    unk_token: Literal["[UNK]"] | AddedToken = "[UNK]"
    tokenizer_class: Literal["BertTokenizer", "BertTokenizerFast"] | None = None
    added_tokens_decoder: Mapping[int, AddedToken] = {}


class Longest(BaseModel):
    """What `tokenizer_config.json` says of the length of a text."""

    model_max_length: PositiveInt | PositiveFloat | None = None


class Normalizer(BaseModel):
    """How `tokenizer.json` cleans texts."""

    type: Literal["BertNormalizer"]
    clean_text: Literal[True]
    handle_chinese_chars: Literal[True]
    strip_accents: bool | None = None
    lowercase: bool


class Cutter(BaseModel):
    """How it cuts them into words."""

    type: Literal["BertPreTokenizer"]


class Pieces(BaseModel):
    """How it cuts words into tokens; old files do not name the type."""

    type: Literal["WordPiece"] = "WordPiece"
    vocab: Mapping[str, int]
    unk_token: str
    continuing_subword_prefix: str
    max_input_chars_per_word: PositiveInt


class Tokenizer(BaseModel):
    """`tokenizer.json`."""

    normalizer: Normalizer
    pre_tokenizer: Cutter
    model: Pieces
    added_tokens: list[AddedToken] = []

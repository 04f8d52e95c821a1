"""A first schema, from data."""

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from text_files import write

from data_ingestion.readers.source import locate
from data_ingestion.schema.inference import infer_schema
from data_ingestion.settings import DataSettings
from zeroskew.errors import DataError, WorkspaceError
from zeroskew.schema import column_types, read_schema


class TestInferSchema:
    ROWS = ("company,fare,month,tip", "Blue,12.5,3,1", "Red,7,4,", ",8.25,5,2.5", "Blue,9,6,3")

    def test_finds_the_type_of_each_column_and_asks_for_a_review(self, tmp_path: Path) -> None:
        data = write(tmp_path / "trips of 2016.csv", self.ROWS)
        target = tmp_path / "new folder" / "trips.pbtxt"
        assert infer_schema(locate(DataSettings(path=str(data))), target) == 4
        schema = read_schema(target)
        types = {"company": "BYTES", "fare": "FLOAT", "month": "INT", "tip": "FLOAT"}
        assert column_types(schema) == types
        presence = {one.name: one.presence.min_fraction for one in schema.feature}
        assert {name for name, fraction in presence.items() if fraction == 1.0} == {"fare", "month"}
        assert target.read_text(encoding="utf-8").startswith(
            "# The data contract: what each column holds. "
            "Inferred from data, then reviewed by a person.\nfeature {\n"
        )

    def test_a_column_that_lacks_values_says_so_or_its_own_data_would_not_keep_it(
        self, tmp_path: Path
    ) -> None:
        lists = {
            "tags": [["a", "b"], [], ["c"]],
            "vector": [[1.0, 2.0], None, [3.0, 4.0]],
            "whole": [[1.0, 2.0]] * 3,
            "single": ["a", None, "b"],
            "nothing": pa.nulls(3, pa.string()),
            "no_tags": pa.array([[], None, []], pa.list_(pa.string())),
            "fare": [1.0, 2.0, 3.0],
        }
        pq.write_table(pa.table(lists), tmp_path / "rows.parquet")
        target = tmp_path / "rows.pbtxt"
        infer_schema(locate(DataSettings(path=str(tmp_path / "rows.parquet"))), target)
        counts = {
            one.name: (one.value_count.min, one.value_count.max)
            for one in read_schema(target).feature
        }
        assert counts == {
            "tags": (0, 0),
            "vector": (0, 2),
            "whole": (2, 2),
            "single": (0, 1),
            "nothing": (0, 1),
            "no_tags": (0, 0),
            "fare": (1, 1),
        }

    def test_only_short_texts_are_listed_as_a_domain(self, tmp_path: Path) -> None:
        lines = ("company,review", "Blue,fine", f"Red,{'ä' * 100}", f"Blue,{'ä' * 101}")
        data, target = write(tmp_path / "rows.csv", lines), tmp_path / "rows.pbtxt"
        infer_schema(locate(DataSettings(path=str(data))), target)
        schema = read_schema(target)
        domains = {one.name: list(one.value) for one in schema.string_domain}
        assert domains == {"company": ["Blue", "Red"]}
        assert {one.name: one.domain for one in schema.feature} == {
            "company": "company",
            "review": "",
        }

    def test_reads_every_file_of_a_folder(self, tmp_path: Path) -> None:
        write(tmp_path / "data" / "a.csv", ["month", "1"])
        write(tmp_path / "data" / "b.csv", ["month", "2.5"])
        target = tmp_path / "trips.pbtxt"
        infer_schema(locate(DataSettings(path=str(tmp_path / "data"))), target)
        assert column_types(read_schema(target)) == {"month": "FLOAT"}

    def test_never_overwrites(self, tmp_path: Path) -> None:
        data = write(tmp_path / "trips.csv", self.ROWS)
        target = write(tmp_path / "trips.pbtxt", ["# corrected by hand"])
        with pytest.raises(WorkspaceError) as caught:
            infer_schema(locate(DataSettings(path=str(data))), target)
        assert str(caught.value) == (
            "a schema is never overwritten, because it may hold a person's corrections\n"
            f"  received: {target}\n"
            "  do:       name another file with --output, or compare: zeroskew schema diff"
        )
        assert target.read_text(encoding="utf-8") == "# corrected by hand\n"

    def test_says_how_cells_are_written_that_are_no_plain_values(self, tmp_path: Path) -> None:
        lines = ("zip,fare,share,miles", '00123,"$1,234.50",12 %,NA', "04711,$3,5 %,1.5")
        data, target = write(tmp_path / "rows.csv", lines), tmp_path / "rows.pbtxt"
        infer_schema(locate(DataSettings(path=str(data))), target)
        schema = read_schema(target)
        found = {one.name: list(one.annotation.tag) for one in schema.feature}
        assert found == {
            "zip": [],
            "fare": ["number:$1,234.5"],
            "share": ["number:1234.5%"],
            "miles": ["missing:NA"],
        }
        types = {"zip": "BYTES", "fare": "FLOAT", "share": "INT", "miles": "FLOAT"}
        assert column_types(schema) == types
        source = locate(DataSettings(path=str(data)))
        ((_, rows),) = source.rows(column_types(schema))
        assert rows.batch.to_pylist() == [
            {"zip": b"00123", "fare": 1234.5, "share": 12, "miles": None},
            {"zip": b"04711", "fare": 3.0, "share": 5, "miles": 1.5},
        ]
        assert rows.rejected == ()
        # Digits in a text are no numbers to TFDV either.
        assert {one.name: one.WhichOneof("domain_info") for one in schema.feature}["zip"] is None

    def test_shows_why_no_row_can_be_read(self, tmp_path: Path) -> None:
        data = write(tmp_path / "rows.csv", ("a,b,c", "1,2", "3,4,5,6"))
        with pytest.raises(DataError) as caught:
            infer_schema(locate(DataSettings(path=str(data))), tmp_path / "rows.pbtxt")
        assert str(caught.value) == (
            "there must be at least one row that can be read\n"
            f"  received: none\n"
            f"            {data}, line 2: 2 fields, the header has 3: 1,2\n"
            f"            {data}, line 3: 4 fields, the header has 3: 3,4,5,6\n"
            "  do:       correct the rows, or set how they are written: data.csv"
        )

"""The reader of a table by the ending of its file."""

from pathlib import Path

from rs2c.base.errors import DataError
from rs2c.read.arff_file import ArffFile
from rs2c.read.csv_file import CsvFile
from rs2c.read.parquet_file import ParquetFile
from rs2c.read.reading import Reading
from rs2c.read.table import FILE_ENDINGS, TableFile, check_file


def open_table(path: Path, reading: Reading | None = None) -> TableFile:
    """Open a CSV, TSV, ARFF or Parquet file. Raises DataError, or MissingToolError without pyarrow for Parquet."""
    check_file(path)
    ending = path.suffix.lower()
    if ending in (".csv", ".tsv"):
        return CsvFile(path, reading or Reading())
    if ending == ".arff":
        return ArffFile(path, reading or Reading())
    if ending == ".parquet":
        return ParquetFile(path, reading or Reading())
    raise DataError(f"{path.name} has an unknown ending; save the data as one of {', '.join(FILE_ENDINGS)}")

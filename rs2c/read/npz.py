"""NumPy archives and arrays to tables. Pickled objects are never loaded."""

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs2c.base.errors import DataError
from rs2c.base.raw_types import native
from rs2c.read.table import Table, check_file, check_names, default_names
from rs2c.read.text_cells import category_text


@dataclass(frozen=True, eq=False)
class NpzFile:
    """X and y of one part of a `.npz` file, and arrays `beside` them that say something of each row (n,).

    Features that it does not name (`named`) are x0, x1, …
    """

    table: Table
    named: bool
    beside: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """Feature names."""
        return self.table.names

    @property
    def categorical(self) -> tuple[str, ...]:
        """None: an array has one type for all."""
        return ()

    def read(self, numeric: Sequence[str], text: Sequence[str], label: str | None, for_training: bool) -> Table:
        """See `TableFile`; `text` columns are the text of their numbers."""
        features = tuple(name for name in self.names if name in {*numeric, *text})
        columns = [self.names.index(name) for name in features]
        values = self.table.values
        return replace(
            self.table,
            names=features,
            values=values if features == self.names else values[:, columns],
            label=None if label is None else self.table.label,
            texts={name: _cells(values[:, self.names.index(name)]) for name in text},
        )

    def column(self, name: str) -> Table:
        """See `TableFile`; an array of that name comes before a feature."""
        if name not in self.beside:
            return self.read([], [name], None, True)
        array = self.beside[name]
        cells = array.astype(np.str_) if array.dtype.kind == "M" else array
        return replace(self.table, names=(name,), texts={name: _cells(cells)})


def open_npz(path: Path, parts: Sequence[str], beside: Mapping[str, str] | None = None) -> NpzFile | None:
    """Open X and y of the first of `parts` ("X_train", "X_test", "X") that is in the file; None if none is.

    Arrays beside them that are used: `feature_names` (d,) and `class_names` (k,), both text, and where the file has
    them those that are named `beside`, each under the column that it stands for.
    Raises DataError when the file is damaged, holds pickled objects, or shapes do not fit.
    """
    beside = beside or {}
    arrays = _load(path, parts, list(beside))
    if not arrays:
        return None
    part = next(name for name in arrays if name in parts)
    label = part.replace("X", "y")
    names = _text_names(arrays, "feature_names", path)
    table = array_table(
        arrays[part],
        arrays.get(label),
        names=names,
        class_names=_text_names(arrays, "class_names", path) or (),
        source=path.name,
        array_names=(part, label),
    )
    facts = {beside[array]: arrays[array] for array in beside if array in arrays}
    for name, array in facts.items():
        if array.shape != (len(table.values),) or array.dtype.kind not in "biufUM":
            raise DataError(
                f"the array {name!r} of {path.name} has the shape {array.shape} and the type {array.dtype}; give a "
                f"number, text or date for each of the {len(table.values)} rows"
            )
        _check_text(array, f"{name} of {path.name}")
    return NpzFile(table, names is not None, facts)


def load_npy(path: Path) -> Table:
    """Table of a `.npy` file that holds X alone."""
    return array_table(read_npy(path), None, source=path.name)


def read_npy(path: Path) -> NDArray[Any]:
    """The array of a `.npy` file; raises DataError where there is none."""
    if path.is_dir():
        raise DataError(f"{path} is a folder; name a .npy file")
    check_file(path)
    try:
        with path.open("rb") as handle:
            return np.lib.format.read_array(handle, allow_pickle=False)
    except Exception as error:  # numpy raises many types on damaged files
        raise _damaged(path, error) from None


def array_table(
    X: NDArray[Any],
    y: NDArray[Any] | None,
    *,
    names: tuple[str, ...] | None = None,
    class_names: tuple[str, ...] = (),
    source: str = "",
    array_names: tuple[str, str] = ("X", "y"),
) -> Table:
    """Table of X (n×d, boolean, integer or float) and y (n,). Raises DataError on other shapes and types."""
    owner = f" of {source}" if source else ""
    x_name, y_name = array_names
    if X.dtype.kind not in "biuf":
        raise DataError(f"{x_name}{owner} has type {X.dtype}; give it as integers or floats")
    if X.ndim != 2:
        raise DataError(f"{x_name}{owner} has {X.ndim} dimensions; give it as rows × features")
    if names is None:
        names = default_names(X.shape[1])
    if len(names) != X.shape[1]:
        raise DataError(f"{x_name}{owner} has {X.shape[1]} columns but feature_names has {len(names)}; make them equal")
    check_names(names, source or x_name)
    _check_text(np.array(names), f"feature_names{owner}")
    if y is not None:
        if y.dtype.kind not in "biufU":
            raise DataError(f"{y_name}{owner} has type {y.dtype}; give it as numbers or text")
        if y.ndim != 1:
            raise DataError(f"{y_name}{owner} has {y.ndim} dimensions; give one label per row")
        if len(y) != len(X):
            raise DataError(f"{x_name}{owner} has {len(X)} rows but {y_name} has {len(y)}; make them equal")
        _check_text(y, f"{y_name}{owner}")
        if y.dtype.kind == "b":
            y = y.astype(np.str_)
    return Table(source, names, native(X), X.dtype.kind in "biu", y, class_names=class_names)


def _load(path: Path, parts: Sequence[str], beside: Sequence[str]) -> dict[str, NDArray[Any]]:
    """The first of `parts` that the archive has, its labels, the names and arrays `beside`; {} if it has none."""
    check_file(path)
    if not zipfile.is_zipfile(path):  # numpy would take any other content for a pickle
        raise DataError(f"{path.name} is damaged or not a NumPy archive; save it again with numpy.savez")
    try:
        with np.load(path, allow_pickle=False) as archive:
            part = next((part for part in parts if part in archive.files), None)
            if part is None:
                return {}
            wanted = (part, part.replace("X", "y"), "feature_names", "class_names", *beside)
            return {name: np.asarray(archive[name]) for name in wanted if name in archive.files}
    except Exception as error:  # numpy and zipfile raise many types on damaged files
        raise _damaged(path, error) from None


def _damaged(path: Path, error: Exception) -> DataError:
    if "allow_pickle" in str(error) or "pickled" in str(error):
        return DataError(f"{path.name} holds pickled objects, which are never loaded; save plain number arrays")
    return DataError(f"{path.name} is damaged or not a NumPy file ({type(error).__name__}); save it again")


def _text_names(arrays: dict[str, NDArray[Any]], array: str, path: Path) -> tuple[str, ...] | None:
    if array not in arrays:
        return None
    names = arrays[array]
    if names.ndim != 1 or names.dtype.kind != "U":
        raise DataError(f"{array} of {path.name} is not a list of text; save it with dtype str")
    _check_text(names, f"{array} of {path.name}")
    if len(np.unique(names)) < len(names):
        raise DataError(f"{array} of {path.name} has a name twice; rename one of them")
    return tuple(str(name) for name in names)


def _check_text(array: NDArray[Any], what: str) -> None:
    """Refuse text that no file can hold: NumPy takes any number for a letter, and fails when it is to be shown."""
    if array.dtype.kind == "U" and array.dtype.itemsize:
        letters = np.ascontiguousarray(array, array.dtype.newbyteorder("=")).view(np.uint32)
        if ((letters > 0x10FFFF) | ((letters >= 0xD800) & (letters < 0xE000))).any():
            raise DataError(f"{what} holds letters that are not Unicode; correct them and save it again")


def _cells(column: NDArray[Any]) -> tuple[str, ...]:
    return tuple("" if value != value else category_text(str(value)) for value in column.tolist())

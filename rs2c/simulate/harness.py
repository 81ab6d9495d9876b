"""How the C files of firmware/harness are told which library they run."""

from __future__ import annotations

from rs2c.base.resources import resource_path
from rs2c.emit.library import Library


def harness_definitions(library: Library) -> dict[str, str | int]:
    """The macros that firmware/harness/rs2c_harness.h wants.

    They are whole names: what the preprocessor pastes together it expands first, and a framework may define the name of
    a model, as PlatformIO does UNIT_TEST.
    """
    name, classifier = library.name, library.task == "classify"
    quantize, answer = library.entry_points
    return {
        "RS2C_HEADER": f'"{name}.h"',
        "rs2c_raw_t": f"{name}_raw_t",
        "rs2c_feature_t": f"{name}_feature_t",
        "rs2c_quantize": quantize,
        "rs2c_scores": f"{name}_scores",
        "rs2c_answer": answer,
        "RS2C_N_FEATURES": f"{name.upper()}_N_FEATURES",
        "RS2C_N_INPUTS": f"{name.upper()}_N_INPUTS",
        "RS2C_N_SCORES": f"{name.upper()}_N_SCORES",
        "RS2C_N_ANSWERS": 1 if classifier else f"{name.upper()}_N_OUTPUTS",
        "RS2C_CLASSIFIER": int(classifier),
        "RS2C_EXPECT_N_FEATURES": library.n_features,
        "RS2C_EXPECT_N_INPUTS": library.n_inputs,
        "RS2C_EXPECT_N_SCORES": library.n_scores,
        "RS2C_EXPECT_N_ANSWERS": library.n_answers,
        "RS2C_EXPECT_RAW_BYTES": library.raw_dtype.itemsize,
    }


def harness_flags(library: Library) -> tuple[str, ...]:
    """Definitions and folders by which firmware/harness finds the library."""
    folders = (library.folder / "include", resource_path("firmware") / "harness")
    definitions = harness_definitions(library).items()
    return (*(f"-D{name}={value}" for name, value in definitions), *(f"-I{path}" for path in folders))

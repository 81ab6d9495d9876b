"""For a PlatformIO project of your own: compiles a model to C before each build.

    [env:myboard]
    extra_scripts = pre:<path that rs2c build --print-extra-script shows>
    custom_rs2c_model = models/gesture.rs2c

Then #include "gesture.h". custom_rs2c_strategy = unpacked lays its C out as rs2c compile --strategy unpacked does.
PlatformIO may have a Python of its own, so rs2c is run as the command it installs.
"""

import shutil
import subprocess
from pathlib import Path

Import("env")  # noqa: F821 SCons defines it

model = env.GetProjectOption("custom_rs2c_model", None)  # noqa: F821
if model is not None:
    path = Path(env.subst("$PROJECT_DIR")) / model  # noqa: F821
    libraries = Path(env.subst("$PROJECT_WORKSPACE_DIR")) / "rs2c" / env.subst("$PIOENV")  # noqa: F821
    rs2c = shutil.which("rs2c")
    if rs2c is None:
        print("error: custom_rs2c_model needs the command rs2c on PATH: pip install rs2c")
        env.Exit(1)  # noqa: F821
    strategy = env.GetProjectOption("custom_rs2c_strategy", None)  # noqa: F821
    options = [] if strategy is None else ["--strategy", strategy]
    command = [rs2c, "compile", str(path), "-o", str(libraries / path.stem), "--quiet", *options]
    if subprocess.run(command).returncode != 0:
        env.Exit(1)  # noqa: F821
    env.Append(LIBSOURCE_DIRS=[str(libraries)])  # noqa: F821

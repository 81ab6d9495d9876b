"""SCons script of the local platform. PlatformIO runs it; what is built, and how, rs2c.firmware.local_platform says."""

from pathlib import Path

from SCons.Script import Default, DefaultEnvironment

from rs2c.firmware.local_platform import local_build

env = DefaultEnvironment()
folder = Path(env.subst("$BUILD_DIR"))
build = local_build(env.BoardConfig().get("build.mcu"), folder)
env.Replace(
    CC=list(build.compiler.command),
    CXX=list(build.compiler.command),
    LINK=list(build.linker),
    AR=list(build.archiver),
    RANLIB=list(build.ranlib),
    ARFLAGS=["rcs"],
    PROGSUFFIX=build.suffix,
)
env.Append(CCFLAGS=list(build.compile_flags), LINKFLAGS=list(build.link_flags), LIBS=list(build.libraries))
for source in build.sources:
    env.BuildSources(f"$BUILD_DIR/harness/{source.stem}", str(source.parent), f"-<*> +<{source.name}>")
Default(env.BuildProgram())

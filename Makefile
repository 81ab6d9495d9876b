# make demo    from digits to verified C; needs python3, gcc and make, the rest comes by pip
# make test    the test suite; tiers whose system tools are missing are listed at the end as not run
# make tools   those tools, from Debian's packages (root)
# make lint    ruff and mypy

PYTHON ?= python3
VENV   ?= .venv
# The release that is tested; any that pyproject.toml allows will do.
TORCH  ?= torch==2.13.0
BIN    := $(VENV)/bin
# The releases that canaries are kept for (benchmarks/canaries): with others the tests ask for a new record.
KEPT   ?= $(shell $(PYTHON) -c "import sys; \
	print('numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1' if sys.version_info >= (3, 11) else '')")

# zig is only needed where no arm-none-eabi-gcc is installed.
comma := ,
ARM_EXTRA := $(if $(shell command -v arm-none-eabi-gcc),,$(comma)zig)

.PHONY: demo test tools lint clean

demo: $(VENV)/.demo
	$(BIN)/rs2c demo -o build/demo

# A file of tests stays in one process: some count what the tests before them met.
test: $(VENV)/.dev
	$(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

tools:
	apt-get update
	apt-get install -y --no-install-recommends make gcc g++ libc6-dev clang libclang-rt-dev cmake gcc-arm-none-eabi \
		gcc-riscv64-unknown-elf gcc-xtensa-lx106 clang-22 qemu-system-arm qemu-system-misc gcc-avr avr-libc libsimavr-dev \
		simavr arduino-builder arduino-core-avr sdcc sdcc-ucsim

$(VENV)/.torch:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet "$(TORCH)"
	touch $@

$(VENV)/.demo: $(VENV)/.torch pyproject.toml
	$(BIN)/python -m pip install --quiet -e ".[fit,sim$(ARM_EXTRA)]"
	touch $@

# The tests exercise both Cortex-M compilers, so zig is always among their tools.
$(VENV)/.dev: $(VENV)/.torch pyproject.toml
	$(BIN)/python -m pip install --quiet -e ".[dev,zig]" $(KEPT)
	touch $@

clean:
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

"""Names of the cores that several tests run on."""

CORTEX_M = ("cortex-m0", "cortex-m0plus", "cortex-m3", "cortex-m4f", "cortex-m7", "cortex-m33", "cortex-m55")

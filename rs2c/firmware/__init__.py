"""PlatformIO projects around a library, and the self-test on the chip."""

"""Running an emitted library: on the host, in unicorn, QEMU and simavr."""

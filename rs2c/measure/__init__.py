"""Flash, RAM and stack of an emitted library, without linking or running it."""

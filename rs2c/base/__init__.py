"""Words that every room shares: errors, version, files, raw types, arrays, templates. Imports nothing of ours."""

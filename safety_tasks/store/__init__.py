"""Object stores behind one protocol: a folder or S3, with the same promises."""

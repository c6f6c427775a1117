"""What paid jobs and endpoints share: prices and budget, named errors, capped archives, source bundles."""

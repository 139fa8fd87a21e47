"""What must hold of every dataset before anything after it is touched."""

import warnings

import dagster as dg

# Partitions on checks are what Dagster calls a preview; DESIGN.md section 4 decided for them.
warnings.filterwarnings("ignore", "Specifying a partitions_def", dg.PreviewWarning)

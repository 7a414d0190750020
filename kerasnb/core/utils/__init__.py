"""Helpers with public names: arrays, files, pictures, progress bars, data sets from folders."""

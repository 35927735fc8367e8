def label(folder): pass

"""Reading and writing: clusters (folder or workbook), proposals, and the references made from the models.

Import from the modules; this package's name stays light, because the command line's help passes through it.
"""

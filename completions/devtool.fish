complete --keep-order --exclusive --command devtool --arguments "(DEVTOOL_COMPLETE=fish devtool -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"

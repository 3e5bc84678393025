
set edit:completion:arg-completer[devtool] = { |@words|
    var index = (count $words)
    set index = (- $index 1)

    put (env _CLAP_IFS="\n" _CLAP_COMPLETE_INDEX=(to-string $index) DEVTOOL_COMPLETE="elvish" devtool -- $@words) | to-lines
}


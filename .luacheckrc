std = "lua54"
max_line_length = 96
color = false
files["bindings/lua/meta"] = { ignore = { "1", "2" } } -- declarations, never run
files["examples/demo"] = { read_globals = { "engine" } } -- what the host gives its script

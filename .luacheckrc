std = "lua54"
max_line_length = 96
files["bindings/lua/meta"] = { ignore = { "1", "2" } } -- declarations, never run

[% for range in ports -%]
need_free [= range.from =] [= range.count =]
[% endfor -%]

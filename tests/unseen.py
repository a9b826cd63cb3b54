"""Text with characters that cannot be seen: such as writing needs, and others with how they are shown."""

NEEDED = {
    "Persian": "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \u06a9\u062a\u0627\u0628\u200c\u0647\u0627",
    "Hindi": "\u0915\u094d\u200d\u0937 \u0915\u094d\u200c\u0937",
    "Bengali": "\u09b0\u200d\u09cd\u09af",
    "Malayalam": "\u0d28\u0d4d\u200d",
    "Sinhala": "\u0dc1\u0dca\u200d\u0dbb\u0dd3",
    "emoji": "\U0001f469\U0001f3fd\u200d\U0001f680 \u2764\ufe0f\u200d\U0001f525 \U0001f642\u200d\u2194\ufe0f 1\ufe0f\u20e3",
    "ideograph": "\u845b\U000e0100",
    "Hebrew": "\u05e9\u05dc\u05d5\u05dd!\u200f (C++\u200e)",
    "Arabic": "\u0645\u0631\u062d\u0628\u0627 5\u061c-3",
}

NOT_NEEDED = [
    ("qwen\u200d-small", r"qwen\u200d-small"),
    ("qwen\u200c", r"qwen\u200c"),
    ("5\u200f-\u200f3", r"5\u200f-\u200f3"),
    ("\u200e", r"\u200e"),
    ("\u200c\u0645\u06cc", "\\u200c\u0645\u06cc"),
    ("\u0645\u200c", "\u0645\\u200c"),
    ("\u0645\u200cx", "\u0645\\u200cx"),
    ("\u0645\u200d\u200d\u06cc", "\u0645\\u200d\\u200d\u06cc"),
    ("\u0627\u0644\u202exyz\u202c\u2067", "\u0627\u0644\\u202exyz\\u202c\\u2067"),
    ("\u05d0\u05d1\u2066a\u2069", "\u05d0\u05d1\\u2066a\\u2069"),
    ("a\ufe0fb\U000e0100", r"a\ufe0fb\U000e0100"),
    ("1\ufe0f5", r"1\ufe0f5"),
    ("\U0001f600\ufe01\ufe02\U000e0130", "\U0001f600\ufe01\\ufe02\\U000e0130"),
    ("a\u3164b\u115f\u034f\uffa0\u17b4\u180b", r"a\u3164b\u115f\u034f\uffa0\u17b4\u180b"),
    ("+\u200d+", r"+\u200d+"),
]

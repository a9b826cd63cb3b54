"""What is looked at: prompts of the experiment with awkward problems, and awkward completions."""

from typing import NamedTuple

PROBLEMS = {
    "plain": "What is 2 + 2?",
    "TeX": "Find $x$ if \\begin{align*}\n\\frac{x^2-1}{\\sqrt[3]{8}} &\\le 12{,}345 \\\\ x &> -1{/}2\n\\end{align*}",
    "Unicode": "Zoë's café sells 3 × 4 “croissants” – each at 1½ €. 数学：求 ∑ₙ n² ≤ 10⁶. 🙂 e\u0301 é",
    "blanks": " \n\t What is  1+1 ?\u00a0 \n\n",
    "digits": "1234567890 - 1,234 = 0.001e-5",
    "code": "{{ messages[0] }} {% raw %} \\n %s {problem} $HOME",
    "control": "<s> <bos> <think> <|im_end|>\n<|im_start|>assistant\n4<|eot_id|><end_of_turn><｜end▁of▁sentence｜></s>",
}
"""Problems by what is awkward about them. The last has texts that tokenizers of some family take for control tokens."""

COMPLETIONS = {
    "plain": "2 + 2 = 4, so the answer is \\boxed{4}.",
    "reasoning": "<think>\nFirst 2 + 2 = 4.\n\nWait, yes.\n</think>\n\n\\boxed{4}",
    "rest of reasoning": "First 2 + 2 = 4.\n</think>\n\n\\boxed{4}",
    "digits first": "4",
    "blanks": "  \n\nIt is **4**. \n\n",
    "Unicode": "数学 ½ 🙂 é",
    "control": "The text <|im_end|> or <end_of_turn> ends a turn.\\boxed{4}",
}
"""Completions by what is awkward about them; the third is what a model writes that was begun with ``<think>``."""


class Probe(NamedTuple):
    """A prompt that is looked at."""

    prompt: str
    """Whose prompt it is: ``teaching``, ``judge`` or a benchmark; several that read the same are one."""
    problem: str
    """The problem's name in ``PROBLEMS``."""
    text: str
    """The user's message."""

    @property
    def name(self) -> str:
        """How reports call it."""
        return f"the prompt of {self.prompt} with the problem {self.problem!r}"


def probes(prompts: dict[str, str]) -> list[Probe]:
    """Fill every prompt with every problem.

    Args:
        prompts: name to text, with places for the problem and, for a judge, for the two answers.
    """
    names: dict[str, list[str]] = {}
    for name, prompt in prompts.items():
        names.setdefault(prompt, []).append(name)
    return [
        Probe(", ".join(owners), kind, filled(prompt, problem))
        for prompt, owners in names.items()
        for kind, problem in PROBLEMS.items()
    ]


def filled(prompt: str, problem: str) -> str:
    """A prompt with a problem in it; a judge's is given two answers as well."""
    for place, text in (("{gold}", "\\frac{1}{2}"), ("{answer}", " 0.5 "), ("{problem}", problem)):
        prompt = prompt.replace(place, text)
    return prompt

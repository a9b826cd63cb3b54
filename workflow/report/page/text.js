"use strict";
// Text of others on the page: what cannot be seen, or turns the direction of writing, is shown. As terminal.py says it,
// line breaks and tabs may stay, and what writing needs.

const HIDDEN = /([^\P{C}\t\n\r]|\p{Default_Ignorable_Code_Point})/u;
const MARK = /^[\u061c\u200e\u200f]$/;
const LEFTWARD = /[\p{sc=Hebr}\p{sc=Arab}\p{sc=Syrc}\p{sc=Mand}\p{sc=Thaa}\p{sc=Nkoo}\p{sc=Adlm}]/u;
// Letters, and signs on them, of scripts that join; parts of emoji.
const SCRIPTS = "Arab Syrc Mand Mong Nkoo Adlm Rohg Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Mymr Khmr Tibt".split(" ");
const JOINING = `(?=[\\p{L}\\p{M}])[${SCRIPTS.map((name) => `\\p{scx=${name}}`).join("")}]`;
const DRAWN = "[\\p{So}\\u2194\\p{Emoji_Modifier}]";
const VIRAMA = "[\\u094d\\u09cd\\u0a4d\\u0acd\\u0b4d\\u0bcd\\u0c4d\\u0ccd\\u0d3b\\u0d3c\\u0d4d\\u0dca\\u0f84\\u1039\\u103a\\u17d2]";
const VARIED = "(?=\\P{ASCII})[\\p{So}\\p{Sm}\\p{sc=Hani}\\p{sc=Mong}\\p{sc=Mymr}\\p{sc=Phag}\\u203c\\u2049]";
// How a text of at most two characters ends: some browsers get ``$`` without ``^`` wrong behind characters of two halves.
const ends = (kind) => new RegExp(`^.?${kind}$`, "su");
const begins = (kind) => new RegExp("^" + kind, "u");
// A character that is not seen, what must stand before it, and what behind, so that it has an effect.
const NEEDED = [
  [/^[\u200c\u200d]$/, ends(JOINING), begins(JOINING)],
  [/^\u200d$/, ends(VIRAMA), /^/],
  [/^\u200d$/, ends(DRAWN + "\\ufe0f?"), begins(DRAWN)],
  [/^[\ufe00-\ufe0f\u180b-\u180d\u180f\u{e0100}-\u{e01ef}]$/u, ends(VARIED), /^/],
  [/^[\ufe00-\ufe0f]$/, ends("[#*0-9]"), /^\u20e3/],
];

// A text in parts: strings, and what ``shown`` makes of a character that is not seen.
function visibleParts(text, shown) {
  const pieces = text.split(HIDDEN), turns = LEFTWARD.test(text), made = [];
  let before = "";  // the last two characters
  pieces.forEach((piece, at) => {
    const stays = at % 2 === 0 || (turns && MARK.test(piece))
      || NEEDED.some(([kind, left, right]) => kind.test(piece) && left.test(before) && right.test(pieces[at + 1]));
    made.push(stays ? piece : shown(piece));
    before = stays ? [...(before + piece).slice(-4)].slice(-2).join("") : "";
  });
  return made;
}

const codePoint = (char) => "U+" + char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");

// A value as text, with such characters by their numbers; for cells, options and headings.
const visible = (value) => visibleParts(String(value), (char) => `[${codePoint(char)}]`).join("");

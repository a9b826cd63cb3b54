"use strict";
// The page: one view per address behind the '#'. Rows lie in side files, which are loaded when they are looked at.

const DATA = JSON.parse(document.getElementById("data").textContent);
const main = document.getElementById("main");

// Side files that there are, and those that are numbered: the address is anybody's, and no other file is loaded.
const FILES = new Set(DATA.files);
const NUMBERED = new Set(DATA.numbered);
const isFile = (name) => FILES.has(name) || (/\/\d{1,9}$/.test(name) && NUMBERED.has(name.replace(/\/\d+$/, "")));

const store = { put: new Map(), wanted: new Map() };
// A side file calls this with its own name and content.
window.mixdistill = (name, content) => { if (store.wanted.has(name)) store.put.set(name, content); };

// The content of a side file; a file that is missing, or none of this report, is an error with its name.
function load(name) {
  if (!isFile(name)) return Promise.reject(new Error(name + " is no file of this report: follow its links, or write an address that one of them has"));
  if (!store.wanted.has(name)) {
    store.wanted.set(name, new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = DATA.folder + "/" + name.split("/").map(encodeURIComponent).join("/") + ".js";
      script.onload = () => { script.remove(); store.put.has(name) ? done(store.put.get(name)) : failed(new Error(script.src + " is damaged")); };
      script.onerror = () => { store.wanted.delete(name); failed(new Error(script.getAttribute("src") + " is missing: the folder " + DATA.folder + " belongs beside this page")); };
      document.head.append(script);
    }));
  }
  return store.wanted.get(name);
}

// An element with properties and children; strings become text, never markup.
function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function choice(label, options, value, changed) {
  const select = make("select", {}, ...options.map(([name, title]) => make("option", { value: name, textContent: visible(title) })));
  select.value = value;
  select.onchange = () => changed(select.value);
  return make("label", { textContent: label }, select);
}

const SHOWN = 20000;
// A formula that is longer or deeper is not rendered: KaTeX and the browser's layout call themselves for each level. Nor
// is one that macros make larger, or with which a text would have more parts than this: a page has room for some.
const LONGEST = 5000, DEEPEST = 60, MOST = 40000;
// What is no TeX is an error, and left as it is written: KaTeX would show it in a style of its own, which the policy forbids.
const OPTIONS = { throwOnError: true, trust: false, strict: "ignore", maxExpand: 200, maxSize: 20 };

// How many parts a formula's parse tree has, without calling itself: more than ``left`` if it is too deep.
function sizeOf(tree, left) {
  let size = 0;
  const waiting = [[tree, 0]];
  while (waiting.length && size <= left) {
    const [node, depth] = waiting.pop();
    size += 1;
    const inner = Array.isArray(node) ? depth : depth + 1;
    if (inner > DEEPEST) return Infinity;
    for (const value of Object.values(node)) if (value && typeof value === "object" && !value.lexer) waiting.push([value, inner]);
  }
  return size;
}

// The parts of a formula, Infinity if it is too long or deep to be rendered, 0 if it is no TeX. ``options`` are those of
// the rendering, with the macros that formulas before it have defined.
function partsOf(tex, options, left) {
  if (tex.length > LONGEST || left <= 0) return Infinity;
  try {
    return sizeOf(katex.__parse(tex, options), left);
  } catch (error) {
    return error instanceof katex.ParseError ? 0 : Infinity;
  }
}

// Text of a model: always text. TeX in it is rendered on request by KaTeX, which is given no trust.
function modelText(text, tex = false) {
  const box = make("div", { className: "text-of-model" });
  const write = (part) => box.replaceChildren(...visibleParts(part, (char) => make("span", { className: "control", textContent: codePoint(char) })));
  const fill = (part) => {
    write(part);
    if (!tex || part.length > SHOWN) return;
    let plain = 0, left = MOST;
    const options = { ...OPTIONS, macros: {} };
    try {
      renderMathInElement(box, {
        delimiters: [["$$", "$$", true], ["\\[", "\\]", true], ["\\(", "\\)", false], ["$", "$", false]].map(([left, right, display]) => ({ left, right, display })),
        ...options, errorCallback: () => {},
        preProcess: (tex) => {
          const parts = partsOf(tex, options, left);
          if (parts <= left) { left -= parts; return tex; }
          if (parts < Infinity) left = 0;
          plain += 1;
          throw new katex.ParseError("too deep");
        },
      });
    } catch (error) {
      write(part);
      plain = "all";
    }
    if (plain) box.append(make("p", { className: "error", textContent: `Formulas that are too long or too deeply nested to be rendered: ${plain}` }));
  };
  fill(text.slice(0, SHOWN));
  if (text.length <= SHOWN) return box;
  const more = make("button", { textContent: `Show all ${text.length.toLocaleString("en")} characters` });
  more.onclick = () => { fill(text); more.remove(); };
  return make("div", {}, box, more);
}

function address() {
  const [path, query] = location.hash.slice(1).split("?");
  return [path || "/", new URLSearchParams(query)];
}

function go(path, query) { location.hash = path + "?" + new URLSearchParams(query); }

// Change parts of the address without a new entry in the history of the browser.
function remember(query) {
  history.replaceState(null, "", location.pathname + location.search + "#" + address()[0] + "?" + new URLSearchParams(query));
}

function fromTemplate(name) {
  main.replaceChildren(document.getElementById(name).content.cloneNode(true));
  for (const cell of main.querySelectorAll("td[data-rows]")) {
    cell.tabIndex = 0;
    cell.title = (cell.title ? cell.title + "; " : "") + "show the answers behind this number";
    const open = () => {
      const [arms, only] = cell.dataset.rows.split("?");
      const [a, b] = arms.split("|");
      go("/answers", { a, b: b || "", ...Object.fromEntries(new URLSearchParams(only)) });
    };
    cell.onclick = open;
    cell.onkeydown = (event) => { if (event.key === "Enter") open(); };
  }
}

const VIEWS = {
  "/": () => fromTemplate("findings"),
  "/tables": () => fromTemplate("tables"),
  "/figures": () => fromTemplate("figures"),
  "/about": () => fromTemplate("about"),
};

async function show() {
  const [path, query] = address();
  for (const link of document.querySelectorAll("nav a")) link.classList.toggle("here", link.getAttribute("href") === "#" + path);
  try {
    await VIEWS[Object.hasOwn(VIEWS, path) ? path : "/"](query);
  } catch (error) {
    main.append(make("p", { className: "error", textContent: visible(error.message) }));
  }
  document.body.dataset.shown = location.hash || "#/";
}

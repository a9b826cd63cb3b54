"use strict";
// The page: one view per address behind the '#'. Rows lie in side files, which are loaded when they are looked at.

const DATA = JSON.parse(document.getElementById("data").textContent);
const main = document.getElementById("main");

const store = { put: {}, wanted: {} };
// A side file calls this with its own name and content.
window.mixdistill = (name, content) => { store.put[name] = content; };

// The content of a side file; a file that is missing is an error with its name.
function load(name) {
  if (name in store.put) return Promise.resolve(store.put[name]);
  if (!store.wanted[name]) {
    store.wanted[name] = new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = DATA.folder + "/" + name.split("/").map(encodeURIComponent).join("/") + ".js";
      script.onload = () => { script.remove(); name in store.put ? done(store.put[name]) : failed(new Error(script.src + " is damaged")); };
      script.onerror = () => { delete store.wanted[name]; failed(new Error(script.getAttribute("src") + " is missing: the folder " + DATA.folder + " belongs beside this page")); };
      document.head.append(script);
    });
  }
  return store.wanted[name];
}

// An element with properties and children; strings become text, never markup.
function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function choice(label, options, value, changed) {
  const select = make("select", {}, ...options.map(([name, title]) => make("option", { value: name, textContent: title })));
  select.value = value;
  select.onchange = () => changed(select.value);
  return make("label", { textContent: label }, select);
}

const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/;
const SHOWN = 20000;

// Text of a model: always text. TeX in it is rendered on request by KaTeX, which is given no trust.
function modelText(text, tex = false) {
  const box = make("div", { className: "text-of-model" });
  const fill = (part) => {
    box.replaceChildren();
    for (const piece of part.split(new RegExp("(" + CONTROL.source + ")", "u"))) {
      if (piece.length === 1 && CONTROL.test(piece)) {
        const code = piece.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
        box.append(make("span", { className: "control", textContent: "U+" + code }));
      } else if (piece) box.append(piece);
    }
    if (tex && part.length <= SHOWN) {
      renderMathInElement(box, {
        delimiters: [["$$", "$$", true], ["\\[", "\\]", true], ["\\(", "\\)", false], ["$", "$", false]].map(([left, right, display]) => ({ left, right, display })),
        throwOnError: false, trust: false, strict: "ignore", maxExpand: 200, maxSize: 20,
      });
    }
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
    await (VIEWS[path] || VIEWS["/"])(query);
  } catch (error) {
    main.append(make("p", { className: "error", textContent: error.message }));
  }
  document.body.dataset.shown = location.hash || "#/";
}

"use strict";
// Answers of one or two arms beside each other: filters, a chart, a table, and the completions of a problem.

const COLUMNS = ["benchmark", "id", "sample", "gold", "answer", "outcome", "rule", "verdict", "correct", "tokens", "finish", "file"];
const DIFFERENT = [["", "all"], ["judge", "rule and judge disagree"], ["a", "only A is right"], ["b", "only B is right"], ["either", "A and B differ"], ["wrong", "A is wrong"], ["right", "A is right"], ["ended", "A did not end well"]];

// Rows of an arm as objects, by what tells answers apart.
async function rowsOf(arm) {
  const index = await load("rows/" + arm);
  return new Map(index.benchmark.map((_, at) => {
    const row = { arm };
    for (const name of COLUMNS) row[name] = index.levels[name] ? index.levels[name][index[name][at]] : index[name][at];
    return [row.benchmark + "\n" + row.id + "\n" + row.sample, row];
  }));
}

async function problemsOf(benchmarks) {
  const found = new Map();
  for (const name of benchmarks) {
    for (const problem of await load("problems/" + name)) found.set(name + "\n" + problem.id, problem);
  }
  return found;
}

async function completionOf(row) {
  const texts = await load(`texts/${row.arm}/${row.file}`);
  const found = texts.find(([benchmark, id, sample]) => benchmark === row.benchmark && id === row.id && sample === row.sample);
  if (!found) throw new Error(`no completion of ${row.benchmark} ${row.id}: the side files are of another run`);
  return found[3];
}

const badly = (row) => ["cut", "loop", "no answer", "timed out"].includes(row.outcome) || row.finish === "length";
const disagree = (row) => row.verdict !== null && row.verdict !== "undecided" && (row.verdict === "true") !== (row.outcome === "right");

function kept(one, query) {
  const { a, b, problem } = one;
  const different = query.get("different");
  const about = {
    judge: disagree(a) || (b && disagree(b)), a: b && a.correct && !b.correct, b: b && b.correct && !a.correct,
    either: b && a.correct !== b.correct, wrong: !a.correct, right: a.correct, ended: badly(a),
  };
  return (!query.get("benchmark") || a.benchmark === query.get("benchmark"))
    && (!query.get("level") || String(problem.level) === query.get("level"))
    && (!query.get("subject") || problem.subject === query.get("subject"))
    && (!query.get("outcome") || a.outcome === query.get("outcome"))
    && (!query.get("verdict") || String(a.verdict) === query.get("verdict"))
    && (!different || about[different])
    && (!query.get("find") || (a.id + "\n" + problem.problem).toLowerCase().includes(query.get("find").toLowerCase()));
}

// Accuracy by benchmark of what is filtered, as bars.
function chart(canvas, rows, arms) {
  const names = Object.keys(DATA.benchmarks).filter((name) => rows.some((one) => one.a.benchmark === name));
  const share = (side, name) => {
    const those = rows.filter((one) => one.a.benchmark === name && one[side]);
    return those.length ? 100 * those.filter((one) => one[side].correct).length / those.length : null;
  };
  const colours = ["#0072B2", "#D55E00"];
  const datasets = arms.map((arm, at) => ({ label: titleOf(arm), data: names.map((name) => share("ab"[at], name)), backgroundColor: colours[at] }));
  Chart.getChart(canvas)?.destroy();
  new Chart(canvas, { type: "bar", data: { labels: names.map((name) => DATA.benchmarks[name]), datasets }, options: { animation: false, scales: { y: { min: 0, max: 100, title: { display: true, text: "right, %" } } } } });
}

function titleOf(arm) {
  const [student, mixture, seed] = arm.split("/");
  return `${DATA.students[student] ?? student}, ${DATA.mixtures[mixture] ?? mixture}, seed ${seed}`;
}

// An arm as the address names it: without a seed it is the first one.
function armOf(name) { return DATA.arms.find((arm) => arm === name || arm.startsWith(name + "/")) || null; }

// The way to the rows that an arm was trained on, if it was trained here.
function taughtBy(arm) {
  const mixture = arm.split("/")[1].replace(/~again$/, "");
  if (!Object.hasOwn(DATA.training, mixture)) return null;
  return make("a", { href: "#/training?" + new URLSearchParams({ mixture }), textContent: `what ${DATA.training[mixture]} taught` });
}

function picker(label, arm, empty, changed) {
  const options = DATA.arms.map((one) => [one, titleOf(one)]);
  return choice(label, empty ? [["", "nothing"], ...options] : options, arm || "", changed);
}

function side(row, title) {
  const facts = { answer: row.answer ?? "none", outcome: row.outcome, rule: row.rule, judge: row.verdict ?? "not asked", tokens: row.tokens ?? "not known", ended: row.finish };
  const list = make("dl", {}, ...Object.entries(facts).flatMap(([name, value]) => [make("dt", { textContent: name }), make("dd", { textContent: visible(value) })]));
  return make("div", {}, make("h3", { textContent: `${title}: ${row.correct ? "right" : "wrong"}`, className: row.correct ? "right" : "wrong" }), list);
}

async function detail(box, one, tex, again) {
  const { problem } = one;
  const sides = [one.a, one.b].filter(Boolean);
  const texts = await Promise.all(sides.map(completionOf));
  const toggle = make("button", { textContent: tex ? "Show plain text" : "Render TeX" });
  toggle.onclick = () => again(!tex);
  const level = [problem.level && `level ${problem.level}`, problem.subject].filter(Boolean).join(", ");
  const pair = make("div", { className: "pair" }, ...sides.map((row, at) => {
    const made = side(row, titleOf(row.arm));
    made.append(modelText(texts[at], tex));
    return made;
  }));
  box.replaceChildren(
    make("h2", { textContent: visible(`${DATA.benchmarks[one.a.benchmark]}, ${one.a.id}${level ? " (" + level + ")" : ""}`) }), toggle,
    modelText(problem.problem, tex), make("p", {}, "Reference: ", make("b", { textContent: visible(one.a.gold ?? "none") })), pair);
}

VIEWS["/answers"] = async (query) => {
  const state = new URLSearchParams(query);
  const a = armOf(state.get("a") || "") || DATA.arms[0], b = state.get("b") ? armOf(state.get("b")) : null;
  if (!a) throw new Error("no answers");
  const [ours, theirs, problems] = await Promise.all([rowsOf(a), b ? rowsOf(b) : null, problemsOf(Object.keys(DATA.benchmarks))]);
  const all = [...ours].map(([key, row]) => ({ a: row, b: theirs?.get(key) ?? null, problem: problems.get(row.benchmark + "\n" + row.id) ?? { problem: "" } }));
  const values = (pick) => [...new Set(all.map(pick).filter((value) => value !== null && value !== undefined))].sort().map((value) => [String(value), String(value)]);
  const change = (name) => (value) => { value ? state.set(name, value) : state.delete(name); remember(state); ["a", "b"].includes(name) ? show() : filter(); };
  const any = (name, label, options) => options.length > 1 ? choice(label, [["", "all"], ...options], state.get(name) || "", change(name)) : null;
  const find = make("input", { value: state.get("find") || "", placeholder: "id or words" });
  find.oninput = () => change("find")(find.value);
  const count = make("p", { id: "count" }), canvas = make("canvas", {}), box = make("div", { id: "detail" }), grid = make("div", { className: "rows" });
  main.replaceChildren(
    make("h2", { textContent: "Answers" }),
    make("div", { className: "bar" }, picker("A", a, false, change("a")), picker("B, beside it", b, true, change("b")), taughtBy(a), b && taughtBy(b)),
    make("div", { className: "bar" }, ...[
      any("benchmark", "Benchmark", Object.entries(DATA.benchmarks)), any("level", "Level", values((one) => one.problem.level)),
      any("subject", "Subject", values((one) => one.problem.subject)), any("outcome", "A's outcome", values((one) => one.a.outcome)),
      any("verdict", "Judge of A", values((one) => one.a.verdict)), choice("Which", b ? DIFFERENT : DIFFERENT.filter(([name]) => !["a", "b", "either"].includes(name)), state.get("different") || "", change("different")),
      make("label", { textContent: "Find" }, find)].filter(Boolean)),
    make("div", { className: "summary" }, make("div", {}, count), canvas), grid, box);
  const flag = (row) => (row ? (row.correct ? "right" : "wrong") : "");
  const columns = [["benchmark", (one) => DATA.benchmarks[one.a.benchmark]], ["id", (one) => one.a.id], ["level", (one) => one.problem.level ?? ""], ["reference", (one) => one.a.gold ?? ""],
    ["A", (one) => flag(one.a)], ["A's answer", (one) => one.a.answer ?? "none"], ["A's outcome", (one) => one.a.outcome], ["judge of A", (one) => one.a.verdict ?? ""], ["A's tokens", (one) => one.a.tokens],
    ...(b ? [["B", (one) => flag(one.b)], ["B's answer", (one) => one.b?.answer ?? "none"], ["B's outcome", (one) => one.b?.outcome ?? ""], ["B's tokens", (one) => one.b?.tokens ?? ""]] : [])];
  const table = new Tabulator(grid, {
    data: [], height: "46vh", layout: "fitDataStretch", selectableRows: 1, index: "key",
    columns: columns.map(([title], at) => ({ title, field: "c" + at, headerSort: true, maxInitialWidth: 320, formatter: (cell) => document.createTextNode(visible(cell.getValue() ?? "")) })),
  });
  const open = (one, tex = false) => detail(box, one, tex, (next) => open(one, next)).catch((error) => box.replaceChildren(make("p", { className: "error", textContent: error.message })));
  table.on("rowClick", (_, row) => open(row.getData().one));
  function filter() {
    const rows = all.filter((one) => kept(one, state));
    const right = (which) => { const those = rows.filter((one) => one[which]); return those.length ? (100 * those.filter((one) => one[which].correct).length / those.length).toFixed(1) + "%" : "none"; };
    count.textContent = `${rows.length.toLocaleString("en")} of ${all.length.toLocaleString("en")} answers; right: A ${right("a")}${b ? ", B " + right("b") : ""}, all answers alike`;
    chart(canvas, rows, b ? [a, b] : [a]);
    table.setData(rows.map((one, key) => ({ key, one, ...Object.fromEntries(columns.map(([, value], at) => ["c" + at, value(one)])) })));
  }
  await new Promise((ready) => table.on("tableBuilt", ready));
  filter();
};

VIEWS["/training"] = async (query) => {
  const names = Object.keys(DATA.training), mixture = query.get("mixture") || names[0];
  if (!mixture) throw new Error("no mixture was trained on here");
  const index = await load("training/" + mixture);
  const grid = make("div", { className: "rows" }), box = make("div", { id: "detail" });
  main.replaceChildren(
    make("h2", { textContent: `Training rows: ${index.id.length.toLocaleString("en")}` }),
    make("div", { className: "bar" }, choice("Mixture", names.map((name) => [name, DATA.training[name]]), mixture, (name) => go("/training", { mixture: name }))), grid, box);
  const table = new Tabulator(grid, {
    data: index.id.map((id, at) => ({ at, id, teacher: index.teacher[at] ?? "", characters: index.characters[at] })), height: "46vh", layout: "fitDataStretch", selectableRows: 1, index: "at",
    columns: ["id", "teacher", "characters"].map((field) => ({ title: field, field, headerFilter: field === "characters" ? false : "input", formatter: (cell) => document.createTextNode(visible(cell.getValue())) })),
  });
  const open = async (at, tex = false) => {
    const [prompt, completion] = (await load(`training/${mixture}/${index.file[at]}`)).find(([number]) => number === at).slice(1);
    const toggle = make("button", { textContent: tex ? "Show plain text" : "Render TeX" });
    toggle.onclick = () => open(at, !tex);
    box.replaceChildren(make("h2", { textContent: visible(index.id[at]) }), toggle, make("h3", { textContent: "Prompt" }), modelText(prompt, tex), make("h3", { textContent: "Completion" }), modelText(completion, tex));
  };
  table.on("rowClick", (_, row) => open(row.getData().at).catch((error) => box.replaceChildren(make("p", { className: "error", textContent: error.message }))));
};

window.onhashchange = show;
show();

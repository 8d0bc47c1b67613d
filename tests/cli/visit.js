// Does what a person would do with the page, and leaves what there was to see
// in it, as JSON.

addEventListener("load", async () => {
  const seen = {};
  const pause = () => new Promise((done) => setTimeout(done, 50));
  try {
    while (!document.documentElement.dataset.ready) await pause();
    const rows = () => [...document.querySelectorAll("table.cases tbody tr")].map((row) => row.querySelector("a").textContent);
    const chip = (name) => [...document.querySelectorAll(".chip")].find((one) => one.dataset.word === name);
    seen.all = rows();
    chip("slower (both)").click();
    seen.slower = rows();
    seen.pressed = chip("slower (both)").getAttribute("aria-pressed");
    seen.count = document.getElementById("count").textContent;
    chip("slower (both)").click();
    const text = document.getElementById("text");
    text.value = "N=128 copy";
    text.dispatchEvent(new Event("input"));
    seen.typed = rows();
    text.value = "";
    text.dispatchEvent(new Event("input"));
    const head = document.querySelector("th[data-sort=time]");
    head.querySelector("button").click();
    seen.sorted = [head.getAttribute("aria-sort"), rows()[0]];
    document.querySelector("table.cases tbody tr a").click();
    // Charts are drawn once their place has a width.
    for (let waits = 0; waits < 100 && !document.querySelector("section[aria-label=Samples] polyline"); waits++) await pause();
    seen.heading = document.querySelector("#view h2").textContent;
    seen.focused = document.activeElement.tagName;
    seen.dots = document.querySelectorAll("section[aria-label=Rounds] circle").length;
    seen.lines = document.querySelectorAll("section[aria-label=Samples] polyline").length;
    seen.tables = [...document.querySelectorAll("#view details summary")].map((one) => one.textContent);
    location.hash = "#roofline";
    await pause(); await pause();
    seen.roofline = document.querySelector("#view h2").textContent;
    location.hash = "#device";
    await pause(); await pause();
    seen.facts = document.querySelector("#view dl").textContent;
    const theme = document.getElementById("theme");
    const page = () => getComputedStyle(document.body).backgroundColor;
    theme.click();
    const light = page();
    theme.click();
    seen.themes = [document.documentElement.dataset.theme, light !== page()];
    seen.unnamed = [...document.querySelectorAll("button, a, input, select, svg[role]")]
      .filter((one) => !(one.textContent.trim() || one.getAttribute("aria-label") || one.labels?.length)).length;
    seen.fetched = performance.getEntriesByType("resource").length;
  } catch (error) { seen.error = String(error); }
  const told = document.createElement("pre");
  told.id = "seen";
  told.textContent = JSON.stringify(seen);
  document.body.append(told);
});

// Search as you type: an ARIA combobox over a fragment of <li role="option"><a href> rows.
(() => {
  const PAUSE_MS = 200;
  const SHORTEST = 2;

  function start(input) {
    const list = document.getElementById(input.getAttribute("aria-controls"));
    const status = document.getElementById(input.dataset.status);
    let timer = 0;
    let request = null;
    let waiting = false;

    const options = () => [...list.querySelectorAll('[role="option"]')];
    const active = () => list.querySelector('[aria-selected="true"]');
    const destination = (option) => option?.dataset.href;

    function choose(option) {
      for (const other of options()) {
        other.setAttribute("aria-selected", String(other === option));
      }
      if (option) {
        input.setAttribute("aria-activedescendant", option.id);
        option.scrollIntoView({ block: "nearest" });
      } else {
        input.removeAttribute("aria-activedescendant");
      }
    }

    function close() {
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function show(html) {
      list.innerHTML = html;
      options().forEach((option, index) => {
        option.id = `${list.id}-${index}`;
        option.setAttribute("aria-selected", "false");
        // The row is the control: a link inside it would be a second one for screen readers.
        const link = option.querySelector("a[href]");
        if (link) option.dataset.href = link.href;
        link?.removeAttribute("href");
      });
      const found = options().length;
      list.hidden = list.children.length === 0;
      input.setAttribute("aria-expanded", String(!list.hidden));
      if (status) status.textContent = list.hidden ? "" : said(status.dataset, found);
    }

    function said({ none, one, many }, found) {
      if (found === 0) return none;
      return found === 1 ? one : many.replace("#", found);
    }

    async function ask() {
      request?.abort();
      request = new AbortController();
      const url = new URL(input.dataset.url, location.href);
      url.searchParams.set("q", input.value.trim());
      try {
        const answer = await fetch(url, {
          headers: { "HX-Request": "true" },
          signal: request.signal,
        });
        if (answer.ok && !answer.redirected) show(await answer.text());
        else close();
      } catch (error) {
        if (error.name === "AbortError") return;
        close();
      }
      if (waiting) go();
    }

    function go() {
      waiting = false;
      const target = destination(active() ?? options()[0]);
      if (target) location.assign(target);
      else input.form.submit();
    }

    function later() {
      clearTimeout(timer);
      const typed = input.value.trim().length;
      // An empty box shows the last patients; a single letter would match nearly everyone.
      if (typed > 0 && typed < SHORTEST) {
        request?.abort();
        timer = 0;
        close();
        return;
      }
      timer = setTimeout(() => {
        timer = 0;
        ask();
      }, PAUSE_MS);
    }

    input.addEventListener("input", () => {
      waiting = false;
      later();
    });
    input.addEventListener("focus", later);
    input.addEventListener("blur", () => {
      clearTimeout(timer);
      setTimeout(close, 150);
    });
    // A press on a row must not take the focus away before the click arrives.
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const target = destination(event.target.closest('[role="option"]'));
      if (!target) return;
      if (event.ctrlKey || event.metaKey) window.open(target, "_blank", "noopener");
      else location.assign(target);
    });

    input.addEventListener("keydown", (event) => {
      const rows = options();
      const at = rows.indexOf(active());
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (list.hidden) {
          later();
        } else {
          const step = event.key === "ArrowDown" ? 1 : -1;
          const from = at < 0 && step < 0 ? 0 : at;
          choose(rows[(from + step + rows.length) % rows.length]);
        }
        event.preventDefault();
      } else if (event.key === "Enter" && input.value.trim().length >= SHORTEST) {
        event.preventDefault();
        if (at < 0 && (timer || list.hidden)) {
          // Typed faster than the answer came: go as soon as it is here.
          waiting = true;
          clearTimeout(timer);
          timer = 0;
          ask();
        } else {
          go();
        }
      } else if (event.key === "Escape") {
        if (list.hidden) input.value = "";
        close();
      }
    });
  }

  for (const input of document.querySelectorAll('[role="combobox"][data-url]')) start(input);
})();

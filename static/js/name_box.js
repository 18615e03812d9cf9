// A name typed into a list: known names are offered while one types, and what the rules make of
// the text stands below. What is typed goes out in the body of a POST, never in an address.
(() => {
  const PAUSE_MS = 150;
  const SHORTEST = 2;

  function start(input) {
    const list = document.getElementById(input.getAttribute("aria-controls"));
    const answer = document.getElementById(`${input.id}_recognition`);
    let timer = 0;
    let request = null;
    let picked = false;

    const options = () => [...list.querySelectorAll('[role="option"]')];
    const active = () => list.querySelector('[aria-selected="true"]');

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
      const page = new DOMParser().parseFromString(html, "text/html");
      const offered = page.querySelector("[data-options]");
      offered?.remove();
      answer.replaceChildren(...page.body.childNodes);
      list.replaceChildren(...(offered?.children ?? []));
      options().forEach((option, index) => {
        option.id = `${list.id}-${index}`;
        option.setAttribute("aria-selected", "false");
      });
      const open = options().length > 0 && !picked && document.activeElement === input;
      list.hidden = !open;
      input.setAttribute("aria-expanded", String(open));
      input.removeAttribute("aria-activedescendant");
    }

    async function ask() {
      request?.abort();
      if (input.value.trim().length < SHORTEST) {
        answer.replaceChildren();
        close();
        return;
      }
      request = new AbortController();
      const body = new FormData();
      body.set("text", input.value);
      body.set("field", input.id);
      try {
        const reply = await fetch(input.dataset.nameBox, {
          method: "POST",
          body,
          headers: {
            "HX-Request": "true",
            "X-CSRFToken": document.querySelector('meta[name="csrf-token"]')?.content ?? "",
          },
          signal: request.signal,
        });
        if (reply.ok && !reply.redirected) show(await reply.text());
        else close();
      } catch (error) {
        if (error.name !== "AbortError") close();
      }
    }

    function pick(option) {
      input.value = option.dataset.text;
      picked = true;
      close();
      clearTimeout(timer);
      input.dispatchEvent(new Event("change", { bubbles: true }));
      ask();
    }

    input.addEventListener("input", (event) => {
      // A button that writes a name into the field has chosen already.
      picked = !event.isTrusted;
      clearTimeout(timer);
      timer = setTimeout(ask, PAUSE_MS);
    });
    input.addEventListener("blur", () => setTimeout(close, 150));
    // A press on a name must not take the focus away before the click arrives.
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const option = event.target.closest('[role="option"]');
      if (option) pick(option);
    });
    input.addEventListener("keydown", (event) => {
      const rows = options();
      const at = rows.indexOf(active());
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (list.hidden) {
          picked = false;
          ask();
        } else {
          const step = event.key === "ArrowDown" ? 1 : -1;
          const from = at < 0 && step < 0 ? 0 : at;
          choose(rows[(from + step + rows.length) % rows.length]);
        }
      } else if (event.key === "Enter" && !list.hidden && at >= 0) {
        event.preventDefault();
        pick(rows[at]);
      } else if (event.key === "Escape" && !list.hidden) {
        event.preventDefault();
        close();
      }
    });
    if (input.value.trim() && !input.disabled) {
      picked = true;
      ask();
    }
  }

  for (const input of document.querySelectorAll("[data-name-box]")) start(input);
})();

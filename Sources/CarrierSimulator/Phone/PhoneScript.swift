/// The page's script: live bubbles, and sending without a reload. Without it the page works by forms.
enum PhoneScript {
    static let js = """
        const phone = document.querySelector('[data-phone]');

        if (phone) {
          const list = phone.querySelector('[data-list]');
          const scroller = list.parentElement;
          const form = phone.querySelector('[data-composer]');
          const body = form.querySelector('[data-body]');
          const picture = form.querySelector('[data-picture]');
          const chosen = form.querySelector('[data-chosen]');
          const problem = form.querySelector('[data-problem]');
          const link = phone.querySelector('[data-link]');

          // Bubbles are replaced one by one, so that a screen reader hears only what is new.
          function merge(html) {
            const fresh = new DOMParser().parseFromString(`<ol>${html}</ol>`, 'text/html').querySelectorAll('li');
            const wanted = new Set([...fresh].map((item) => item.id));
            for (const item of [...list.children]) {
              if (!wanted.has(item.id)) item.remove();
            }
            [...fresh].forEach((item, index) => {
              const here = list.children[index];
              if (here && here.id === item.id) {
                if (here.outerHTML !== item.outerHTML) here.replaceWith(item);
              } else {
                list.insertBefore(item, here ?? null);
              }
            });
          }

          let isLoading = false;
          let isStale = false;
          async function refresh() {
            if (isLoading) {
              isStale = true;
              return;
            }
            isLoading = true;
            try {
              const answer = await fetch(phone.dataset.thread);
              if (answer.ok) {
                const count = list.children.length;
                merge(await answer.text());
                if (list.children.length > count) scroller.scrollTop = 0;
              }
            } catch {
              // The event stream reconnects by itself and asks again.
            } finally {
              isLoading = false;
              if (isStale) {
                isStale = false;
                refresh();
              }
            }
          }

          const events = new EventSource(phone.dataset.events);
          events.addEventListener('conversation', refresh);
          events.addEventListener('open', () => { link.textContent = phone.dataset.live; });
          events.addEventListener('error', () => { link.textContent = phone.dataset.reconnecting; });

          function tell(text) {
            problem.replaceChildren();
            if (!text) return;
            const line = document.createElement('p');
            line.textContent = text;
            problem.append(line);
          }

          function showChosen() {
            chosen.textContent = [...picture.files].map((file) => file.name).join(', ');
          }

          function fit() {
            body.style.height = 'auto';
            body.style.height = `${Math.min(body.scrollHeight, 140)}px`;
          }

          let isSending = false;
          form.addEventListener('submit', async (event) => {
            event.preventDefault();
            if (isSending) return;
            isSending = true;
            const isQuick = event.submitter?.name === 'quick';
            try {
              const answer = await fetch(form.action, {
                method: 'POST', body: new FormData(form, event.submitter), redirect: 'manual',
              });
              if (answer.type === 'opaqueredirect') {
                tell('');
                if (!isQuick) {
                  body.value = '';
                  picture.value = '';
                  showChosen();
                  fit();
                }
              } else {
                const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
                tell(page.querySelector('#problem')?.textContent.trim() || phone.dataset.offline);
              }
            } catch {
              tell(phone.dataset.offline);
            } finally {
              isSending = false;
              if (!isQuick) body.focus();
            }
          });

          body.addEventListener('input', fit);
          body.addEventListener('keydown', (event) => {
            if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
              event.preventDefault();
              form.requestSubmit(form.querySelector('.send'));
            }
          });
          picture.addEventListener('change', showChosen);
        }

        """
}

'use strict';
for (const told of document.querySelectorAll('[data-copy]')) {
  const text = told.textContent;
  const button = document.createElement('button');
  const say = (word) => { button.textContent = word; };
  say('Copy');
  button.type = 'button';
  button.className = 'copy';
  button.setAttribute('aria-label', `Copy the ${told.dataset.copy}`);
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text);
      say('Copied');
    } catch {
      // A browser that gives no clipboard to a file: Ctrl-C copies what is selected.
      getSelection().selectAllChildren(told);
      say('Selected');
    }
    setTimeout(() => say('Copy'), 1500);
  });
  told.append(button);
}
document.addEventListener('keydown', (event) => {
  if (event.key !== 'e' || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = [...document.querySelectorAll('details')];
  const open = all.some((one) => !one.open);
  for (const one of all) one.open = open;
});

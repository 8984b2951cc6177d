/**
 * Small comforts of forms; every page works without them. One press sends once, the error summary takes the focus,
 * and address labels follow the country.
 */
export {};

for (const form of document.querySelectorAll<HTMLFormElement>('form')) {
  let sent = false;
  form.addEventListener('submit', (event) => {
    // Held back by another script, which sends it later: nothing was sent yet.
    if (event.defaultPrevented) return;
    if (sent) {
      event.preventDefault();
      return;
    }
    sent = true;
    // Marked, not disabled: a disabled button would take its own name and value out of what is sent.
    for (const button of form.querySelectorAll<HTMLButtonElement>('button')) {
      button.setAttribute('aria-disabled', 'true');
      const sending = form.dataset['sending'];
      if (button === event.submitter && sending && !button.classList.contains('choice')) button.textContent = sending;
    }
  });
  // Back from the browser's page cache: the form may be sent again, with its own words on the button.
  addEventListener('pageshow', (event) => {
    if (event.persisted && sent) location.reload();
  });
}

document.querySelector<HTMLElement>('[data-focus]')?.focus();

const address = document.querySelector<HTMLElement>('[data-address-labels]');
const country = document.querySelector<HTMLSelectElement>('#country');
if (address && country) {
  const labels = JSON.parse(address.dataset['addressLabels'] ?? '{}') as Record<string, Record<string, string>>;
  country.addEventListener('change', () => {
    for (const [field, words] of Object.entries(labels[country.value] ?? labels[''] ?? {})) {
      const text = address.querySelector(`label[for="${field}"] [data-label-text]`);
      if (text) text.textContent = words;
    }
    const optional = address.querySelector<HTMLElement>('label[for="region"] [data-optional]');
    if (optional) optional.hidden = country.value === 'US' || country.value === 'CA';
    const region = address.querySelector('#region');
    if (optional?.hidden) region?.setAttribute('aria-required', 'true');
    else region?.removeAttribute('aria-required');
  });
}

// Passkeys: ask the server for a challenge, let the browser answer it, send the answer.

const says = document.querySelector("[data-passkey-says]");
const tell = (text) => { says.hidden = false; says.textContent = text; };
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");

async function post(url, body, csrf) {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  if (csrf) headers["X-CSRFToken"] = csrf;
  const answer = await fetch(url, { method: "POST", headers, body, redirect: "follow" });
  if (answer.redirected) { location.href = answer.url; return new Promise(() => {}); }
  const said = await answer.json();
  if (!answer.ok) throw new Error(`${said.title} ${said.hint ?? ""}`);
  return said;
}

function written(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
    if (credential.response[name]) response[name] = text(credential.response[name]);
  const { id, type } = credential;
  return JSON.stringify({ id, rawId: text(credential.rawId), type, response, clientExtensionResults: {} });
}

const listed = (ones = []) => ones.map((one) => ({ ...one, id: bytes(one.id) }));
const doing = {
  async make({ dataset }) {
    const asked = await post(dataset.ask, "{}", dataset.csrf);
    const user = { ...asked.user, id: bytes(asked.user.id) };
    const publicKey = { ...asked, user, challenge: bytes(asked.challenge), excludeCredentials: listed(asked.excludeCredentials) };
    const made = await navigator.credentials.create({ publicKey });
    const name = document.getElementById("passkey-name").value;
    await post(`${dataset.send}?name=${encodeURIComponent(name)}`, written(made), dataset.csrf);
    location.reload();
  },
  async use({ dataset }) {
    const asked = await post(dataset.ask, "{}", dataset.csrf);
    const publicKey = { ...asked, challenge: bytes(asked.challenge), allowCredentials: listed(asked.allowCredentials) };
    const used = await navigator.credentials.get({ publicKey });
    const { next } = await post(dataset.send, written(used), dataset.csrf);
    location.href = next;
  },
};
for (const what of Object.keys(doing))
  for (const button of document.querySelectorAll(`[data-passkey-${what}]`)) {
    button.hidden = !window.PublicKeyCredential;
    button.addEventListener("click", () => doing[what](button).catch((error) => {
      if (error.name !== "NotAllowedError") tell(error.message); // else the person closed the question
    }));
  }

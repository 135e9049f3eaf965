// What was checked of a message, whose key it is, and how anyone checks it again.

import { ask } from "./api.js";
import { copy } from "./clipboard.js";
import { open } from "./dialogs.js";
import { build, button } from "./dom.js";
import { save } from "./saved.js";
import { tell } from "./status.js";
import { Patience } from "./stream.js";

const SAVED_AFTER = 1_500;

/** The files that the command reads. */
const FILES = { canonical: "message.json", armour: "message.json.sig", allowedSigners: "allowed_signers" };

export async function showProof(article) {
  const { thread, key } = article.dataset;
  const path = `/api/threads/${encodeURIComponent(thread)}/messages/${encodeURIComponent(key)}/proof`;
  let proof;
  try {
    proof = await ask("GET", path).catch((error) => afterSave(error, path));
  } catch (error) {
    tell(error);
    return;
  }
  const dialog = open("proof");
  dialog.querySelector(".body").replaceChildren(...body(proof, article.signer));
  dialog.scrollTop = 0;
}

/** What was said this moment is on disk, and in its thread's file within a second or so. */
async function afterSave(error, path) {
  if (error.status !== 404) {
    throw error;
  }
  await new Patience(SAVED_AFTER).wait();
  return ask("GET", path);
}

function body(proof, signer) {
  const isGood = proof.verdict === "valid" && proof.threadVerdict === "valid";
  const standing = isGood
    ? "Signed, and bound to all that was said before it. This was checked just now."
    : "Not all of it holds.";
  return [
    build("p", { class: `standing ${isGood ? "good" : "bad"}` }, `${isGood ? "✓" : "✗"} ${standing}`),
    findings([...proof.findings, ...proof.threadFindings]),
    ...(isGood ? whose(signer).map((text) => build("p", {}, text)) : []),
    build(
      "dl",
      {},
      fact("Message: the SHA-256 of what was signed", proof.id),
      fact(keyName(signer, isGood), proof.signer),
      fact("Signature", proof.signature),
    ),
    ...check(proof),
  ].filter(Boolean);
}

/** What a good signature of theirs proves, and what not. */
function whose({ who, name }) {
  switch (who) {
    case "you":
      return ["Your own key signed it: you said this, here, and nothing of it was changed since."];
    case "importer":
      return ["Your own key signed that this was said elsewhere and brought here. Who said it there, nobody proves."];
    case "agent":
      return [
        `It is the key of “${name}”, an agent of yours: your own program gave these words out as its answer, here, and nothing of them was changed since.`,
        "It does not prove which model wrote them, nor that what they say is so.",
      ];
    default:
      return ["It is somebody else’s key. Whose, only they or your contacts can say."];
  }
}

function keyName({ who, name }, isGood) {
  if (!isGood) {
    return "The key that it says signed it";
  }
  const names = { you: "Signed by your key", importer: "Signed by your key", agent: `Signed by the key of “${name}”, an agent of yours` };
  return names[who] ?? "Signed by somebody else’s key";
}

function findings(list) {
  if (list.length === 0) {
    return null;
  }
  return build("ul", { class: "bad" }, list.map((finding) => build("li", {}, finding.said)));
}

function fact(name, value) {
  if (!value) {
    return null;
  }
  return build("div", {}, build("dt", {}, name), build("dd", {}, build("code", {}, value), copier(name, value)));
}

function copier(name, text) {
  return button("Copy", (event) => copy(text, event.currentTarget), { class: "quiet", "aria-label": `Copy: ${name}` });
}

/** The same check with a tool that everybody has. */
function check(proof) {
  const { canonical, armour, allowedSigners, principal, namespace } = proof;
  if (!armour) {
    return [];
  }
  const command = `ssh-keygen -Y verify -f ${FILES.allowedSigners} -I ${principal} -n ${namespace} -s ${FILES.armour} < ${FILES.canonical}`;
  return [
    build("h3", {}, "Check it yourself"),
    build("p", {}, "Save these three files, and OpenSSH says the same, without mmogit:"),
    file("What was signed", FILES.canonical, canonical),
    file("The signature", FILES.armour, armour),
    file("Who may sign", FILES.allowedSigners, allowedSigners),
    build("div", { class: "command" }, build("pre", { tabindex: "0" }, build("code", {}, command)), copier("the command", command)),
  ];
}

function file(title, name, text) {
  return build(
    "details",
    {},
    build("summary", {}, `${title}: `, build("code", {}, name)),
    build(
      "div",
      { class: "row" },
      button("Save", () => save(new Blob([text]), name), { "aria-label": `Save ${name}` }),
      copier(name, text),
    ),
    build("pre", { tabindex: "0" }, build("code", {}, text)),
  );
}

// On every editor's page: small comforts, without which everything works as well.
import { askBeforeRemoving } from "./confirm.js";
import { walkMenusByKeys } from "./menus.js";
import { openPaletteByKey } from "./opener.js";
import { pasteRichText } from "./paste.js";

askBeforeRemoving();
pasteRichText();
openPaletteByKey();
walkMenusByKeys();

/** The words of these screens: they come with them, not with the first page. */
import { addWords } from "../i18n";
import { en } from "./catalogue.en";
import { es } from "./catalogue.es";

addWords({ es, en });

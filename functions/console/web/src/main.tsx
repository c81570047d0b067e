import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import "./tokens.css";
import "./base.css";
import "./ui/ui.css";
import "./app/app.css";
import "./inbox/inbox.css";
import "./contact/contact.css";
import "./session/session.css";
import "./settings/settings.css";

const root = document.getElementById("root");
if (root) createRoot(root).render(<StrictMode><App /></StrictMode>);

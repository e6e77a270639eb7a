import { createApp } from "vue";
import App from "./app/App.vue";
import "./core/tokens.css";
import "./core/base.css";
import { locale } from "./core/i18n";
import { refresh, watchOver } from "./core/me";

document.documentElement.lang = locale.value;
watchOver();
void refresh();
createApp(App).mount("#app");

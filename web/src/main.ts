import { createApp } from "vue";
import App from "./app/App.vue";
import "./core/tokens.css";
import "./core/base.css";
import { locale } from "./core/i18n";

document.documentElement.lang = locale.value;
createApp(App).mount("#app");

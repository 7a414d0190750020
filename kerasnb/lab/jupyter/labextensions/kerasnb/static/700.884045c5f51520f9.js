"use strict";(self.rspackChunkkerasnb=self.rspackChunkkerasnb||[]).push([[700],{646(n,a,e){var r=e(601),t=e.n(r),o=e(314),l=(e.n(o))()(t());l.push([n.id,`/* Everything of kerasnb in JupyterLab outside of outputs. Colours as in the views: training blue, validation orange. */
.knb-lab-panel, .knb-lab-page {
  --knb-train: #0072b2;
  --knb-val: #c04f00;
  --knb-bad: #b3261e;
  color: var(--jp-ui-font-color1);
  background: var(--jp-layout-color1);
  font: var(--jp-ui-font-size1) / 1.4 var(--jp-ui-font-family);
  font-variant-numeric: tabular-nums;
}
[data-jp-theme-light="false"] :is(.knb-lab-panel, .knb-lab-page) {
  --knb-train: #56b4e9;
  --knb-val: #f0a330;
  --knb-bad: #ff9c94;
}
.knb-lab-panel {
  box-sizing: border-box;
  container-type: inline-size;
  min-width: 180px;
  height: 100%;
  padding: 4px 0 24px;
  overflow: hidden auto;
  outline: none;
}
.knb-lab-panel *, .knb-lab-page > * { box-sizing: border-box; }
.knb-lab-panel h2 {
  display: flex;
  justify-content: space-between;
  gap: 8px;
  margin: 14px 12px 4px;
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size1);
  font-weight: 600;
  outline: none;
}
.knb-lab-panel h2::after { content: attr(data-said); color: var(--jp-ui-font-color2); font-weight: 400; }
.knb-lab-note, .knb-lab-error { color: var(--jp-ui-font-color2); }
.knb-lab-panel p { margin: 2px 12px; overflow-wrap: anywhere; }
.knb-lab-error { color: var(--knb-bad); }
.knb-lab-panel p.knb-lab-error { margin: 8px 12px; }
.knb-lab-pair { display: flex; align-items: stretch; }
.knb-lab-item, .knb-lab-run > summary {
  display: flex;
  flex: 1;
  flex-direction: column;
  min-width: 0;
  width: 100%;
  padding: 4px 12px;
  border: 0;
  background: none;
  color: inherit;
  font: inherit;
  text-align: left;
  cursor: pointer;
}
:is(.knb-lab-item, .knb-lab-do, .knb-lab-run > summary):hover { background: var(--jp-layout-color2); }
.knb-lab-panel :is(button, summary):focus-visible, .knb-lab-page:focus-visible, .knb-lab-panel h2:focus-visible {
  outline: 2px solid var(--knb-train);
  outline-offset: -2px;
}
.knb-lab-name { overflow-wrap: anywhere; }
.knb-lab-item > .knb-lab-note { font-size: 12px; }
.knb-lab-number { color: var(--jp-ui-font-color2); }
.knb-lab-tutorial { display: grid; grid-template-columns: 2.2em 1fr; }
.knb-lab-tutorial > .knb-lab-note { grid-column: 2; display: flex; flex-wrap: wrap; align-items: center; gap: 0 8px; }
.knb-lab-panel progress {
  width: 52px;
  height: 5px;
  border: 0;
  border-radius: 3px;
  background: var(--jp-border-color2);
  overflow: hidden;
  appearance: none;
}
.knb-lab-panel progress::-webkit-progress-bar { background: var(--jp-border-color2); }
.knb-lab-panel progress::-webkit-progress-value { background: var(--knb-train); }
.knb-lab-panel progress::-moz-progress-bar { background: var(--knb-train); }
.knb-lab-do {
  flex: none;
  align-self: center;
  min-width: 26px;
  margin: 0 8px 0 0;
  padding: 3px 8px;
  border: 1px solid var(--jp-border-color1);
  border-radius: 4px;
  background: none;
  color: inherit;
  font: inherit;
  cursor: pointer;
}
.knb-lab-run > summary {
  display: grid;
  grid-template-columns: 2.2em minmax(0, 1fr) 72px 4.6em;
  gap: 0 6px;
  align-items: center;
  list-style: none;
}
.knb-lab-run > summary::-webkit-details-marker { display: none; }
.knb-lab-run .knb-lab-name { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
.knb-lab-figure { text-align: right; line-height: 1.15; overflow-wrap: anywhere; }
.knb-lab-figure small { display: block; color: var(--jp-ui-font-color2); font-size: 11px; }
.knb-lab-status { margin-left: 6px; color: var(--jp-ui-font-color2); font-size: 11px; }
[data-status="failed"] .knb-lab-status { color: var(--knb-bad); }
[data-status="running"] .knb-lab-status { color: var(--knb-train); }
.knb-lab-run dl { display: grid; grid-template-columns: auto 1fr; gap: 1px 10px; margin: 2px 12px 8px calc(12px + 2.2em + 6px); font-size: 12px; }
.knb-lab-run dt { color: var(--jp-ui-font-color2); }
.knb-lab-run dd { margin: 0; overflow-wrap: anywhere; }
.knb-lab-spark { display: block; overflow: visible; }
.knb-lab-spark path { fill: none; stroke-width: 1.5; }
.knb-lab-spark .knb-lab-train { stroke: var(--knb-train); }
.knb-lab-spark .knb-lab-val { stroke: var(--knb-val); stroke-dasharray: 3 2; }
.knb-lab-spark .knb-lab-dot.knb-lab-train { fill: var(--knb-train); }
.knb-lab-spark .knb-lab-dot.knb-lab-val { fill: var(--knb-val); }
@container (max-width: 230px) {
  .knb-lab-run > summary { grid-template-columns: 2.2em minmax(0, 1fr) 4.6em; }
  .knb-lab-run :is(.knb-lab-spark, .knb-lab-nospark) { grid-column: 2; grid-row: 2; }
  .knb-lab-panel h2::after { display: none; }
}
.knb-lab-page { padding: 12px 18px 24px; overflow: auto; outline: none; }
.knb-lab-page h1 { margin: 4px 0; font-size: 16px; font-weight: 600; }
.knb-lab-page p { margin: 0 0 8px; overflow-wrap: anywhere; }
.knb-lab-page > p:empty { display: none; }
.knb-lab-sketch { max-width: 1040px; border-collapse: collapse; }
.knb-lab-sketch :is(th, td) { padding: 4px 18px 4px 0; border-bottom: 1px solid var(--jp-border-color2); text-align: left; vertical-align: top; overflow-wrap: anywhere; }
.knb-lab-sketch th { color: var(--jp-ui-font-color2); font-weight: 400; }
:is(.jp-LauncherCard, .jp-SideBar, .lm-TabBar, .jp-DirListing) .knb-lab-lines { stroke: var(--jp-inverse-layout-color3); }
[data-jp-theme-light="false"] .knb-lab-curve { stroke: #56b4e9; }
`,""]),e.d(a,{},{A:l})},314(n){n.exports=function(n){var a=[];return a.toString=function(){return this.map(function(a){var e="",r=void 0!==a[5];return a[4]&&(e+="@supports (".concat(a[4],") {")),a[2]&&(e+="@media ".concat(a[2]," {")),r&&(e+="@layer".concat(a[5].length>0?" ".concat(a[5]):""," {")),e+=n(a),r&&(e+="}"),a[2]&&(e+="}"),a[4]&&(e+="}"),e}).join("")},a.i=function(n,e,r,t,o){"string"==typeof n&&(n=[[null,n,void 0]]);var l={};if(r)for(var i=0;i<this.length;i++){var b=this[i][0];null!=b&&(l[b]=!0)}for(var p=0;p<n.length;p++){var s=[].concat(n[p]);r&&l[s[0]]||(void 0!==o&&(void 0===s[5]||(s[1]="@layer".concat(s[5].length>0?" ".concat(s[5]):""," {").concat(s[1],"}")),s[5]=o),e&&(s[2]&&(s[1]="@media ".concat(s[2]," {").concat(s[1],"}")),s[2]=e),t&&(s[4]?(s[1]="@supports (".concat(s[4],") {").concat(s[1],"}"),s[4]=t):s[4]="".concat(t)),a.push(s))}},a}},601(n){n.exports=function(n){return n[1]}},72(n){var a=[];function e(n){for(var e=-1,r=0;r<a.length;r++)if(a[r].identifier===n){e=r;break}return e}function r(n,r){for(var t={},o=[],l=0;l<n.length;l++){var i=n[l],b=r.base?i[0]+r.base:i[0],p=t[b]||0,s="".concat(b," ").concat(p);t[b]=p+1;var c=e(s),u={css:i[1],media:i[2],sourceMap:i[3],supports:i[4],layer:i[5]};if(-1!==c)a[c].references++,a[c].updater(u);else{var d=function(n,a){var e=a.domAPI(a);return e.update(n),function(a){a?(a.css!==n.css||a.media!==n.media||a.sourceMap!==n.sourceMap||a.supports!==n.supports||a.layer!==n.layer)&&e.update(n=a):e.remove()}}(u,r);r.byIndex=l,a.splice(l,0,{identifier:s,updater:d,references:1})}o.push(s)}return o}n.exports=function(n,t){var o=r(n=n||[],t=t||{});return function(n){n=n||[];for(var l=0;l<o.length;l++){var i=e(o[l]);a[i].references--}for(var b=r(n,t),p=0;p<o.length;p++){var s=e(o[p]);0===a[s].references&&(a[s].updater(),a.splice(s,1))}o=b}}},659(n){var a={};n.exports=function(n,e){var r=function(n){if(void 0===a[n]){var e=document.querySelector(n);if(window.HTMLIFrameElement&&e instanceof window.HTMLIFrameElement)try{e=e.contentDocument.head}catch(n){e=null}a[n]=e}return a[n]}(n);if(!r)throw Error("Couldn't find a style target. This probably means that the value for the 'insert' parameter is invalid.");r.appendChild(e)}},540(n){n.exports=function(n){var a=document.createElement("style");return n.setAttributes(a,n.attributes),n.insert(a,n.options),a}},56(n,a,e){n.exports=function(n){var a=e.nc;a&&n.setAttribute("nonce",a)}},825(n){n.exports=function(n){if("u"<typeof document)return{update:function(){},remove:function(){}};var a=n.insertStyleElement(n);return{update:function(e){var r,t,o;r="",e.supports&&(r+="@supports (".concat(e.supports,") {")),e.media&&(r+="@media ".concat(e.media," {")),(t=void 0!==e.layer)&&(r+="@layer".concat(e.layer.length>0?" ".concat(e.layer):""," {")),r+=e.css,t&&(r+="}"),e.media&&(r+="}"),e.supports&&(r+="}"),(o=e.sourceMap)&&"u">typeof btoa&&(r+="\n/*# sourceMappingURL=data:application/json;base64,".concat(btoa(unescape(encodeURIComponent(JSON.stringify(o))))," */")),n.styleTagTransform(r,a,n.options)},remove:function(){var n;null===(n=a).parentNode||n.parentNode.removeChild(n)}}}},113(n){n.exports=function(n,a){if(a.styleSheet)a.styleSheet.cssText=n;else{for(;a.firstChild;)a.removeChild(a.firstChild);a.appendChild(document.createTextNode(n))}}},959(n,a,e){var r=e(72),t=e.n(r),o=e(825),l=e.n(o),i=e(659),b=e.n(i),p=e(56),s=e.n(p),c=e(540),u=e.n(c),d=e(113),k=e.n(d),f=e(646),m={};m.styleTagTransform=k(),m.setAttributes=s(),m.insert=b().bind(null,"head"),m.domAPI=l(),m.insertStyleElement=u(),t()(f.A,m),f.A&&f.A.locals&&f.A.locals}}]);
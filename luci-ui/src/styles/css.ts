import bonding from './bonding.css?inline';
import charts from './charts.css?inline';
import forwards from './forwards.css?inline';
import join from './join.css?inline';

/** All styles of the page, for one style element. Inside LuCI and outside of it. */
export const css = bonding + charts + forwards + join;

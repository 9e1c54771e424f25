/** Style sheets are imported for their effect; Vite takes them out of the scripts. */
declare module '*.css';

package share

// Forget lets the test say whether there is room to remember, without 50,000 shares.
var Forget = forget

package sharelink

// Contents reads what a seal holds, which no fuzzer gets to see through one.
var Contents = contents

// The address that other pages name is the one under which this one is there.

document.querySelectorAll(".origin").forEach((place) => (place.textContent = location.origin));
